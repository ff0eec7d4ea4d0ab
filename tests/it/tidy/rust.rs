//! Rust text cut into code and comments, so that a rule about one never trips over the other.

/// A Rust file with its parts told apart; all three have the same number of lines.
pub struct Rust {
    /// The code, with comments and the insides of literals blanked.
    pub code: String,
    /// What plain and documenting comments say, everything else blanked.
    pub comments: String,
}

impl Rust {
    /// Cuts a text.
    pub fn parse(text: &str) -> Self {
        let mut cutter = Cutter {
            rest: text.chars().collect(),
            at: 0,
            code: String::with_capacity(text.len()),
            comments: String::with_capacity(text.len()),
        };
        while cutter.at < cutter.rest.len() {
            cutter.step();
        }
        Self { code: cutter.code, comments: cutter.comments }
    }

    /// The code before the first `#[cfg(test)]` that opens a module here.
    pub fn code_without_tests(&self) -> &str {
        let mut from = 0;
        while let Some(found) = self.code[from..].find("#[cfg(test)]") {
            let start = from + found;
            let after = self.code[start + "#[cfg(test)]".len()..].trim_start();
            let opens = after.lines().next().is_some_and(|line| line.trim_end().ends_with('{'));
            if after.starts_with("mod ") && opens {
                return &self.code[..start];
            }
            from = start + 1;
        }
        &self.code
    }
}

/// Where a character goes.
#[derive(Clone, Copy)]
enum To {
    Code,
    Comment,
    Nowhere,
}

struct Cutter {
    rest: Vec<char>,
    at: usize,
    code: String,
    comments: String,
}

impl Cutter {
    fn peek(&self, ahead: usize) -> char {
        self.rest.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn take(&mut self, count: usize, to: To) {
        for _ in 0..count {
            let Some(&next) = self.rest.get(self.at) else { return };
            self.at += 1;
            let blank = if next == '\n' { '\n' } else { ' ' };
            let (code, comment) = match to {
                To::Code => (next, blank),
                To::Comment => (blank, next),
                To::Nowhere => (blank, blank),
            };
            self.code.push(code);
            self.comments.push(comment);
        }
    }

    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => {
                while self.at < self.rest.len() && self.peek(0) != '\n' {
                    self.take(1, To::Comment);
                }
            }
            ('/', '*') => self.block_comment(),
            ('"', _) => self.string(),
            ('r', '"' | '#') if !self.after_word() => self.raw_string(1),
            ('b' | 'c', 'r') if !self.after_word() && matches!(self.peek(2), '"' | '#') => {
                self.raw_string(2);
            }
            ('\'', _) => self.quote(),
            _ => self.take(1, To::Code),
        }
    }

    /// Whether the character before is part of a name, so that an `r` here only ends it.
    fn after_word(&self) -> bool {
        self.at > 0 && (self.rest[self.at - 1].is_alphanumeric() || self.rest[self.at - 1] == '_')
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.rest.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => {
                    depth += 1;
                    self.take(2, To::Comment);
                }
                ('*', '/') => {
                    depth -= 1;
                    self.take(2, To::Comment);
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.take(1, To::Comment),
            }
        }
    }

    fn string(&mut self) {
        self.take(1, To::Code);
        while self.at < self.rest.len() && self.peek(0) != '"' {
            let escaped = self.peek(0) == '\\';
            self.take(if escaped { 2 } else { 1 }, To::Nowhere);
        }
        self.take(1, To::Code);
    }

    fn raw_string(&mut self, prefix: usize) {
        let mut hashes = 0;
        while self.peek(prefix + hashes) == '#' {
            hashes += 1;
        }
        if self.peek(prefix + hashes) != '"' {
            // A raw name such as `r#type`.
            self.take(prefix + hashes, To::Code);
            return;
        }
        self.take(prefix + hashes + 1, To::Code);
        while self.at < self.rest.len() {
            if self.peek(0) == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == '#') {
                self.take(1 + hashes, To::Code);
                return;
            }
            self.take(1, To::Nowhere);
        }
    }

    /// A character, or the start of a lifetime.
    fn quote(&mut self) {
        if self.peek(1) == '\\' {
            self.take(1, To::Code);
            self.take(2, To::Nowhere);
            while self.at < self.rest.len() && self.peek(0) != '\'' {
                self.take(1, To::Nowhere);
            }
            self.take(1, To::Code);
        } else if self.peek(2) == '\'' {
            self.take(1, To::Code);
            self.take(1, To::Nowhere);
            self.take(1, To::Code);
        } else {
            self.take(1, To::Code);
        }
    }
}

#[test]
fn literals_and_comments_are_not_code() {
    let text = concat!(
        "let a = \"todo!() \\\" x\"; // FIXME \"b\n",
        "let b: &'static str = r#\"a \" b\"#; /* x /* y */ z */ let c = '\"'; let r#d = '\\'';\n",
    );
    let rust = Rust::parse(text);
    let squeezed: Vec<&str> = rust.code.split_whitespace().collect();
    assert_eq!(
        squeezed.join(" "),
        "let a = \" \"; let b: &'static str = r#\" \"#; let c = ' '; let r#d = ' ';"
    );
    assert!(rust.comments.contains("FIXME") && rust.comments.contains("/* x /* y */ z */"));
    assert_eq!(rust.code.lines().count(), text.lines().count());
}

#[test]
fn inline_tests_are_cut_and_files_of_tests_are_not() {
    let inline = Rust::parse("fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\n");
    assert_eq!(inline.code_without_tests(), "fn a() {}\n");
    let beside = Rust::parse("#[cfg(test)]\nmod tests;\nfn a() {}\n");
    assert!(beside.code_without_tests().contains("fn a"));
}
