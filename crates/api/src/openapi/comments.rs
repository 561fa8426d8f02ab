//! What the proto files say in comments.

use prost_reflect::FileDescriptor;

/// The comment before what stands at a path of a file: each paragraph in one line, with a blank line between two.
pub(super) fn at(file: &FileDescriptor, path: &[i32]) -> String {
    let info = file.file_descriptor_proto().source_code_info.as_ref();
    let mut places = info.into_iter().flat_map(|info| &info.location);
    let place = places.find(|place| place.path == path);
    place
        .map(|place| paragraphs(place.leading_comments()))
        .unwrap_or_default()
}

fn paragraphs(comment: &str) -> String {
    let paragraphs: Vec<String> = comment
        .trim()
        .split("\n\n")
        .flat_map(|part| part.split("\n \n"))
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    paragraphs.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_methods_comment_is_found_and_its_paragraphs_are_kept() {
        let service = ringtrue_proto::pool()
            .get_service_by_name("zitadel.user.v2.UserService")
            .unwrap();
        let method = service
            .methods()
            .find(|method| method.name() == "SetPhone")
            .unwrap();
        let comment = at(&service.parent_file(), method.path());
        let wanted =
            "Sets a user's phone number and starts its verification.\n\nThe number counts as unverified";
        assert!(comment.starts_with(wanted), "{comment}");
    }
}
