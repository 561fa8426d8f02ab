SELECT json_group_array(json_object(
    'id', user_id, 'sequence', sequence, 'changed_at', changed_at, 'commit_id', hex(commit_id), 'document', json(document)
))
