//! Where the requests of an HTTP/1.1 connection begin and end, before anybody reads them: so that
//! what is turned away for load costs a look at its head and nothing more.
//!
//! Only what is beyond doubt is told apart: a head that is there as a whole, in the plain form that
//! every client writes, and a length in digits. From the first doubt on everything is passed as it
//! is, for the HTTP library to judge.

/// Where a connection is in what its client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before a request.
    Between,
    /// In a request that is passed, so many bytes before its end.
    Passing(usize),
    /// In a request that was answered here, so many bytes before its end.
    Dropping(usize),
    /// Nobody here knows.
    Unknown,
}

/// Follows a connection from request to request.
#[derive(Debug)]
pub(super) struct Sieve {
    at: At,
    passed_count: u64,
}

/// What to do with the first of the bytes that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<T> {
    /// So many go on to whoever reads requests.
    Pass(usize),
    /// So many are part of a request that was answered.
    Drop(usize),
    /// So many begin a request that is answered with that.
    Answer(usize, T),
}

/// A request, as far as it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head<'a> {
    pub(super) method: &'a [u8],
    /// Without its query.
    pub(super) path: &'a [u8],
    /// What of the body is there.
    pub(super) body: &'a [u8],
    /// How many bytes the whole request has.
    pub(super) length: usize,
}

impl Sieve {
    pub(super) fn new() -> Self {
        Self { at: At::Between, passed_count: 0 }
    }

    /// Whether it passes everything from now on.
    pub(super) fn is_open(&self) -> bool {
        self.at == At::Unknown
    }

    /// How many requests it has passed.
    pub(super) fn passed_count(&self) -> u64 {
        self.passed_count
    }

    /// What to do with the first of those bytes, of which there is one at least; at most `room` of
    /// them are passed at once. A request for which there is an answer here is not passed.
    pub(super) fn step<T>(
        &mut self,
        bytes: &[u8],
        room: usize,
        answer: impl FnOnce(&Self, &Head<'_>) -> Option<T>,
    ) -> Step<T> {
        match self.at {
            At::Unknown => Step::Pass(bytes.len().min(room)),
            At::Passing(rest) => self.pass(rest, bytes, room),
            At::Dropping(rest) => {
                let count = bytes.len().min(rest);
                self.at = if count == rest { At::Between } else { At::Dropping(rest - count) };
                Step::Drop(count)
            }
            At::Between => {
                let Some(head) = Head::of(bytes) else {
                    self.at = At::Unknown;
                    return Step::Pass(bytes.len().min(room));
                };
                if let Some(answer) = answer(self, &head) {
                    let count = bytes.len().min(head.length);
                    let rest = head.length - count;
                    self.at = if rest == 0 { At::Between } else { At::Dropping(rest) };
                    return Step::Answer(count, answer);
                }
                self.passed_count += 1;
                self.pass(head.length, bytes, room)
            }
        }
    }

    /// Passes what is there of the rest of a request.
    fn pass<T>(&mut self, rest: usize, bytes: &[u8], room: usize) -> Step<T> {
        let count = bytes.len().min(room).min(rest);
        self.at = if count == rest { At::Between } else { At::Passing(rest - count) };
        Step::Pass(count)
    }
}

impl<'a> Head<'a> {
    /// The request that the bytes begin with, if it is as plain as can be.
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let mut lines = Lines(&bytes[..end]);
        let request_line = lines.next()?;
        let rest = request_line.strip_suffix(b" HTTP/1.1")?;
        let space = rest.iter().position(|byte| *byte == b' ')?;
        let (method, target) = (&rest[..space], &rest[space + 1..]);
        let is_plain = |byte: &u8| byte.is_ascii_graphic();
        if !method.iter().all(u8::is_ascii_uppercase)
            || !target.starts_with(b"/")
            || !target.iter().all(is_plain)
        {
            return None;
        }
        let query = target.iter().position(|byte| *byte == b'?').unwrap_or(target.len());
        let mut length = None;
        for line in lines {
            note_header(line, &mut length)?;
        }
        let (path, body_from) = (&target[..query], end + 4);
        let length = body_from.checked_add(length.unwrap_or(0))?;
        let body = &bytes[body_from..bytes.len().min(length)];
        Some(Self { method, path, body, length })
    }
}

/// Notes how long the body is; `None` where a header makes that, or anything, doubtful.
fn note_header(line: &[u8], length: &mut Option<usize>) -> Option<()> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    if name.is_empty() || !name.iter().all(is_token) {
        return None;
    }
    if line.iter().any(|byte| *byte < b' ' && *byte != b'\t') {
        return None;
    }
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    if is(b"content-length") {
        let is_number = (1..=9).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
        if !is_number || length.is_some() {
            return None;
        }
        let digit = |sum: usize, byte: &u8| sum * 10 + usize::from(byte - b'0');
        *length = Some(value.iter().fold(0, digit));
    } else if is(b"connection") {
        return value.eq_ignore_ascii_case(b"keep-alive").then_some(());
    } else if is(b"transfer-encoding") || is(b"upgrade") || is(b"expect") {
        return None;
    }
    Some(())
}

/// Lines that end in CR LF; a CR or an LF alone ends none and is found where it stands.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = self.0.windows(2).position(|two| two == b"\r\n").unwrap_or(self.0.len());
        let line = &self.0[..end];
        self.0 = self.0.get(end + 2..).unwrap_or_default();
        Some(line)
    }
}

#[cfg(test)]
mod tests;
