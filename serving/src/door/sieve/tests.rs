//! The sieve against what hyper would see: what it passes is what came, but for what it answered.

use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::{Head, Sieve, Step};

const PLAIN: &[u8] = b"POST /v1/holds?a=b HTTP/1.1\r\nhost: a\r\ncontent-length:   4\r\n\r\nbody";

#[test]
fn a_plain_request_is_told_apart() {
    let head = Head::of(PLAIN).expect("it is plain");
    let expected = Head { method: b"POST", path: b"/v1/holds", body: b"body", length: PLAIN.len() };
    assert_eq!(head, expected);
    let part = Head::of(&PLAIN[..PLAIN.len() - 2]).expect("its head is there");
    assert_eq!((part.body, part.length), (&b"bo"[..], PLAIN.len()));
    let longer = [PLAIN, b"GET"].concat();
    assert_eq!(Head::of(&longer), Some(expected));
    let without = b"GET / HTTP/1.1\r\nconnection: Keep-Alive\r\nhost: a\r\n\r\n";
    assert_eq!(Head::of(without).expect("it is plain").length, without.len());
}

#[test]
fn whatever_is_doubtful_is_left_to_others() {
    let doubtful: &[&[u8]] = &[
        b"",
        b"GET / HTTP/1.1\r\nhost: a\r\n",
        b"GET / HTTP/1.0\r\nhost: a\r\n\r\n",
        b"GET  / HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET / HTTP/1.1\nhost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\ncontent-length: 4\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost\r\n\r\n",
        b"GET / HTTP/1.1\r\n: a\r\n\r\n",
        b"\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n",
        b"get / HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET http://a/ HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 4\r\ncontent-length: 4\r\n\r\nbody",
        b"POST / HTTP/1.1\r\ncontent-length: +4\r\n\r\nbody",
        b"POST / HTTP/1.1\r\ncontent-length: 4, 4\r\n\r\nbody",
        b"POST / HTTP/1.1\r\ncontent-length:\r\n\r\nbody",
        b"POST / HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\nbody",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n",
        b"GET / HTTP/1.1\r\nupgrade: h2c\r\nhost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ];
    for bytes in doubtful {
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(Head::of(bytes), None, "{text}");
        let mut sieve = Sieve::new();
        if bytes.is_empty() {
            continue;
        }
        let step = sieve.step(bytes, usize::MAX, |_, _| Some(()));
        assert_eq!(step, Step::Pass(bytes.len()), "{text}");
        assert!(sieve.is_open(), "{text}");
        let after = sieve.step(PLAIN, usize::MAX, |_, _| Some(()));
        assert_eq!(after, Step::Pass(PLAIN.len()), "after a doubt all is passed: {text}");
    }
}

/// Requests, of which those whose path is `/no` are to be answered.
fn requests() -> impl Strategy<Value = Vec<(bool, Vec<u8>)>> {
    let request = (any::<bool>(), 0_usize..40).prop_map(|(is_answered, length)| {
        let path = if is_answered { "/no" } else { "/yes" };
        let mut bytes = match length {
            0 => format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n"),
            _ => format!("PUT {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n"),
        }
        .into_bytes();
        // A body that looks like a request must not be taken for one.
        bytes.extend(b"GET /no HTTP/1.1\r\nhost: a\r\n\r\n-------".iter().cycle().take(length));
        (is_answered, bytes)
    });
    proptest::collection::vec(request, 1..12)
}

/// Sends those bytes in pieces; what was passed and how much was answered. No piece ends within a
/// head, since that is a doubt.
fn sift(pieces: &[&[u8]], room: usize) -> (Vec<u8>, usize) {
    let (mut sieve, mut passed, mut answered_count) = (Sieve::new(), Vec::new(), 0);
    for piece in pieces {
        let mut rest = *piece;
        while !rest.is_empty() {
            let answer = |_: &Sieve, head: &Head<'_>| (head.path == b"/no").then_some(());
            let count = match sieve.step(rest, room, answer) {
                Step::Pass(count) => {
                    passed.extend_from_slice(&rest[..count]);
                    count
                }
                Step::Drop(count) => count,
                Step::Answer(count, ()) => {
                    answered_count += 1;
                    count
                }
            };
            rest = &rest[count..];
        }
    }
    (passed, answered_count)
}

proptest! {
    #[test]
    fn what_is_passed_is_what_came_without_what_was_answered(
        requests in requests(),
        room in prop_oneof![1_usize..64, Just(usize::MAX)],
        cut in any::<u16>(),
    ) {
        let mut expected = Vec::new();
        let all: Vec<u8> = requests.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        requests.iter().filter(|(is_answered, _)| !is_answered).for_each(|(_, bytes)| {
            expected.extend_from_slice(bytes);
        });
        let answered = requests.iter().filter(|(is_answered, _)| *is_answered).count();
        prop_assert_eq!(sift(&[&all], room), (expected.clone(), answered));
        // Cut within a body, or after one.
        let (number, within) = (usize::from(cut) % requests.len(), usize::from(cut) / 97);
        let before: usize = requests[..number].iter().map(|(_, bytes)| bytes.len()).sum();
        let head = Head::of(&all[before..]).expect("it is plain");
        let body_length = requests[number].1.len() - (head.length - head.body.len());
        let at = before + requests[number].1.len() - within % (body_length + 1);
        prop_assert_eq!(sift(&[&all[..at], &all[at..]], room), (expected, answered));
    }

    #[test]
    fn bytes_of_any_kind_are_passed_as_they_are(
        bytes in proptest::collection::vec(any::<u8>(), 1..200),
    ) {
        let (passed, answered_count) = sift(&[&bytes], usize::MAX);
        prop_assert!(answered_count > 0 || passed == bytes);
    }
}
