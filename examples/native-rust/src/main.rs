//! Counts words: "a b a" becomes {"a":2,"b":1}. A whole function with the standard library alone; the Runtime
//! API (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) is spoken over one connection.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;

const BASE: &str = "/2018-06-01/runtime/invocation/";

struct Answer {
    request_id: String,
    body: String,
}

struct Api {
    host: String,
    reader: BufReader<TcpStream>,
}

impl Api {
    fn connect(host: String) -> Result<Api> {
        let stream = TcpStream::connect(&host)?;
        stream.set_nodelay(true)?;
        Ok(Api { host, reader: BufReader::new(stream) })
    }

    fn talk(&mut self, method: &str, path: &str, body: &str) -> Result<Answer> {
        let head = format!("{} {}{} HTTP/1.1\r\nHost: {}\r\n", method, BASE, path, self.host);
        let request = format!("{}Content-Length: {}\r\n\r\n{}", head, body.len(), body);
        self.reader.get_mut().write_all(request.as_bytes())?;
        self.read_answer()
    }

    fn read_answer(&mut self) -> Result<Answer> {
        let mut answer = Answer { request_id: String::new(), body: String::new() };
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line)? == 0 {
                return Err(Error::new(ErrorKind::UnexpectedEof, "the runtime API closed the connection"));
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                match name.to_ascii_lowercase().as_str() {
                    "lambda-runtime-aws-request-id" => answer.request_id = value.trim().to_string(),
                    "content-length" => length = value.trim().parse().unwrap_or(0),
                    _ => {}
                }
            }
        }
        let mut bytes = vec![0; length];
        self.reader.read_exact(&mut bytes)?;
        answer.body = String::from_utf8_lossy(&bytes).into_owned();
        Ok(answer)
    }
}

/// The event is a JSON string without escapes; anything else is refused.
fn count_words(event: &str) -> std::result::Result<String, String> {
    let text = event.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let text = text.filter(|inside| !inside.contains('\\')).ok_or("the event must be a plain text")?;
    let mut counts = BTreeMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word).or_insert(0) += 1;
    }
    println!("{} words", counts.len());
    let pairs: Vec<String> = counts.iter().map(|(word, count)| format!("\"{}\":{}", word, count)).collect();
    Ok(format!("{{{}}}", pairs.join(",")))
}

fn main() -> Result<()> {
    let mut api = Api::connect(env::var("AWS_LAMBDA_RUNTIME_API").expect("run by Lambda"))?;
    loop {
        let event = api.talk("GET", "next", "")?;
        match count_words(&event.body) {
            Ok(answer) => api.talk("POST", &format!("{}/response", event.request_id), &answer)?,
            Err(reason) => {
                let report = format!("{{\"errorType\":\"Refused\",\"errorMessage\":\"{}\"}}", reason);
                api.talk("POST", &format!("{}/error", event.request_id), &report)?
            }
        };
    }
}
