//! The primitives of lib0's encoding: `varUint` (LEB128), `varBytes`, `varString`.

/// Bytes that are not of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed: {0}")]
pub struct Malformed(pub &'static str);

/// The largest number that JavaScript can tell apart from its neighbours.
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Reads primitives off a slice; nothing is copied or allocated.
#[derive(Debug, Clone)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// How many bytes are left.
    pub fn remaining(&self) -> usize {
        self.0.len()
    }

    /// Whether everything has been read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        let (&first, rest) = self.0.split_first().ok_or(Malformed("the message ends early"))?;
        self.0 = rest;
        Ok(first)
    }

    /// `n` bytes.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        let (head, rest) = self.0.split_at_checked(n).ok_or(Malformed("a length points past the end"))?;
        self.0 = rest;
        Ok(head)
    }

    /// A `varUint` of at most 53 bits.
    pub fn var_uint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in (0..56).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return if value <= MAX_SAFE_INTEGER {
                    Ok(value)
                } else {
                    Err(Malformed("a number over 53 bits"))
                };
            }
        }
        Err(Malformed("a number over 53 bits"))
    }

    /// A `varUint` that counts things of at least one byte each, so that no count exceeds what is left.
    pub fn count(&mut self) -> Result<usize, Malformed> {
        let n = self.var_uint()?;
        if n > self.remaining() as u64 {
            Err(Malformed("a count exceeds the message"))
        } else {
            Ok(n as usize)
        }
    }

    /// `varBytes`.
    pub fn var_bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let n = self.count()?;
        self.take(n)
    }

    /// `varString`.
    pub fn var_string(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.var_bytes()?).map_err(|_| Malformed("a string is not UTF-8"))
    }
}

/// Appends a `varUint`.
pub fn write_var_uint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends `varBytes`.
pub fn write_var_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_var_uint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_and_strings_survive(value in 0..=MAX_SAFE_INTEGER, text in ".*") {
            let mut out = vec![];
            write_var_uint(&mut out, value);
            write_var_bytes(&mut out, text.as_bytes());
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.var_uint(), Ok(value));
            prop_assert_eq!(reader.var_string(), Ok(text.as_str()));
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            while reader.var_string().is_ok() && !reader.is_empty() {}
        }
    }

    #[test]
    fn lengths_are_never_trusted() {
        assert!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1]).var_bytes().is_err());
        assert!(Reader::new(&[0xff; 20]).var_uint().is_err());
        assert!(Reader::new(&[0x80]).var_uint().is_err());
    }
}
