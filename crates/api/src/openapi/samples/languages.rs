//! A template per language. Each prints the reply's body and needs nothing but what comes with the language.

use super::Sample;

/// Indents all lines but the first.
fn indented(text: &str, by: &str) -> String {
    text.replace('\n', &format!("\n{by}"))
}

/// `Post`
fn capitalised(sample: &Sample) -> String {
    let verb = sample.verb.as_str();
    let (first, rest) = verb.split_at(1);
    format!("{first}{}", rest.to_lowercase())
}

/// What a template writes if there is a body.
fn with_body(sample: &Sample, write: impl FnOnce(&str) -> String) -> String {
    sample.body.as_deref().map(write).unwrap_or_default()
}

pub(super) fn curl(sample: &Sample) -> String {
    let body = with_body(sample, |body| {
        format!(" \\\n  --header 'Content-Type: application/json' \\\n  --data '{body}'")
    });
    format!(
        "curl --silent --show-error --request {verb} \"$RINGTRUE_URL{path}\" \\
  --header \"Authorization: Bearer $RINGTRUE_TOKEN\"{body}
",
        verb = sample.verb,
        path = sample.path,
    )
}

pub(super) fn python(sample: &Sample) -> String {
    let kind = with_body(sample, |_| {
        "\n        \"Content-Type\": \"application/json\",".to_owned()
    });
    let body = with_body(sample, |body| format!("\n    data=rb'''{body}''',"));
    format!(
        r#"import os
import urllib.error
import urllib.request

request = urllib.request.Request(
    os.environ["RINGTRUE_URL"] + "{path}",
    method="{verb}",
    headers={{
        "Authorization": "Bearer " + os.environ["RINGTRUE_TOKEN"],{kind}
    }},{body}
)
try:
    reply = urllib.request.urlopen(request)
except urllib.error.HTTPError as refusal:
    reply = refusal
print(reply.read().decode())
"#,
        verb = sample.verb,
        path = sample.path,
    )
}

pub(super) fn go(sample: &Sample) -> String {
    let strings = with_body(sample, |_| "\n\t\"strings\"".to_owned());
    let body = sample
        .body
        .as_ref()
        .map_or_else(|| "nil".to_owned(), |body| format!("strings.NewReader(`{body}`)"));
    let kind = with_body(sample, |_| {
        "\n\trequest.Header.Set(\"Content-Type\", \"application/json\")".to_owned()
    });
    format!(
        r#"package main

import (
	"fmt"
	"io"
	"net/http"
	"os"{strings}
)

func main() {{
	request, err := http.NewRequest("{verb}", os.Getenv("RINGTRUE_URL")+"{path}", {body})
	if err != nil {{
		panic(err)
	}}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("RINGTRUE_TOKEN")){kind}
	response, err := http.DefaultClient.Do(request)
	if err != nil {{
		panic(err)
	}}
	defer response.Body.Close()
	reply, err := io.ReadAll(response.Body)
	if err != nil {{
		panic(err)
	}}
	fmt.Println(string(reply))
}}
"#,
        verb = sample.verb,
        path = sample.path,
    )
}

pub(super) fn node(sample: &Sample) -> String {
    let kind = with_body(sample, |_| "\n    'Content-Type': 'application/json',".to_owned());
    let body = with_body(sample, |body| {
        format!("\n  body: JSON.stringify({}),", indented(body, "  "))
    });
    format!(
        r"const response = await fetch(process.env.RINGTRUE_URL + '{path}', {{
  method: '{verb}',
  headers: {{
    Authorization: `Bearer ${{process.env.RINGTRUE_TOKEN}}`,{kind}
  }},{body}
}});
console.log(await response.text());
",
        verb = sample.verb,
        path = sample.path,
    )
}

pub(super) fn ruby(sample: &Sample) -> String {
    let body = with_body(sample, |body| {
        let body = indented(body, "  ");
        format!(
            "request[\"Content-Type\"] = \"application/json\"\nrequest.body = <<~'JSON'\n  {body}\nJSON\n"
        )
    });
    format!(
        r#"require "net/http"

uri = URI(ENV.fetch("RINGTRUE_URL") + "{path}")
request = Net::HTTP::{verb}.new(uri)
request["Authorization"] = "Bearer " + ENV.fetch("RINGTRUE_TOKEN")
{body}response = Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == "https") {{ |http| http.request(request) }}
puts response.body
"#,
        verb = capitalised(sample),
        path = sample.path,
    )
}

pub(super) fn csharp(sample: &Sample) -> String {
    let text = with_body(sample, |_| "using System.Text;\n".to_owned());
    let body = with_body(sample, |body| {
        let body = body.replace('"', "\"\"");
        format!(
            "\n        request.Content = new StringContent(@\"{body}\", Encoding.UTF8, \"application/json\");"
        )
    });
    format!(
        r#"using System;
using System.Net.Http;
{text}using System.Threading.Tasks;

class Program
{{
    static void Main()
    {{
        Call().GetAwaiter().GetResult();
    }}

    static async Task Call()
    {{
        var url = Environment.GetEnvironmentVariable("RINGTRUE_URL") + "{path}";
        var request = new HttpRequestMessage(new HttpMethod("{verb}"), url);
        request.Headers.Add("Authorization", "Bearer " + Environment.GetEnvironmentVariable("RINGTRUE_TOKEN"));{body}
        using (var client = new HttpClient())
        {{
            var response = await client.SendAsync(request);
            Console.WriteLine(await response.Content.ReadAsStringAsync());
        }}
    }}
}}
"#,
        verb = sample.verb,
        path = sample.path,
    )
}

pub(super) fn php(sample: &Sample) -> String {
    let kind = with_body(sample, |_| {
        "\n        'Content-Type: application/json',".to_owned()
    });
    let body = with_body(sample, |body| {
        format!("\n    'content' => <<<'JSON'\n{body}\nJSON,")
    });
    format!(
        r#"<?php
$context = stream_context_create(['http' => [
    'method' => '{verb}',
    'header' => [
        'Authorization: Bearer ' . getenv('RINGTRUE_TOKEN'),{kind}
    ],{body}
    'ignore_errors' => true,
]]);
echo file_get_contents(getenv('RINGTRUE_URL') . '{path}', false, $context), "\n";
"#,
        verb = sample.verb,
        path = sample.path,
    )
}

pub(super) fn java(sample: &Sample) -> String {
    let kind = with_body(sample, |_| {
        "\n            .header(\"Content-Type\", \"application/json\")".to_owned()
    });
    let body = sample.body.as_ref().map_or_else(
        || "HttpRequest.BodyPublishers.noBody()".to_owned(),
        |body| {
            let indent = "                ";
            let body = indented(&body.replace('\\', "\\\\"), indent);
            format!("HttpRequest.BodyPublishers.ofString(\"\"\"\n{indent}{body}\n{indent}\"\"\")")
        },
    );
    format!(
        r#"import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class Call {{
    public static void main(String[] args) throws Exception {{
        var request = HttpRequest.newBuilder(URI.create(System.getenv("RINGTRUE_URL") + "{path}"))
            .header("Authorization", "Bearer " + System.getenv("RINGTRUE_TOKEN")){kind}
            .method("{verb}", {body})
            .build();
        var response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(response.body());
    }}
}}
"#,
        verb = sample.verb,
        path = sample.path,
    )
}

pub(super) fn powershell(sample: &Sample) -> String {
    let body = with_body(sample, |body| {
        format!(" `\n  -ContentType 'application/json' -Body @'\n{body}\n'@")
    });
    format!(
        r#"$reply = Invoke-RestMethod -Method {verb} -Uri "$env:RINGTRUE_URL{path}" `
  -Headers @{{ Authorization = "Bearer $env:RINGTRUE_TOKEN" }}{body}
$reply | ConvertTo-Json -Depth 10
"#,
        verb = capitalised(sample),
        path = sample.path,
    )
}
