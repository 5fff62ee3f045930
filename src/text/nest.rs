//! BEGIN and END (RFC 5545 section 3.4, RFC 6350 section 6.1): which component a line stands in.
//!
//! Nothing here calls itself: depth is a number in a list, so text from the network cannot use
//! up the stack.

use crate::text::line::{self, Line, Lines};
use std::borrow::Cow;
use std::fmt;

/// Components inside components at most. Standards need three (VCALENDAR, VEVENT, VALARM).
pub const MAX_DEPTH: usize = 16;

/// Content lines with the component they stand in. Each BEGIN has its END, or an error follows;
/// after an error, nothing.
pub struct Nest<'a> {
    lines: Lines<'a>,
    /// Name and first line of each open component, the outermost first.
    open: Vec<(Cow<'a, str>, usize)>,
}

/// One line and its place.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    pub kind: Kind,
    /// How many components are open around it; BEGIN and END count the component they belong to.
    /// So 1 is the outermost component and its properties.
    pub depth: usize,
    pub line: Line<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Begin,
    Property,
    End,
    Blank,
}

impl Step<'_> {
    /// The component's name, of a BEGIN or an END. Some clients leave blanks behind it.
    pub fn component(&self) -> &str {
        self.line.value().trim_matches([' ', '\t'])
    }
}

impl<'a> Nest<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Nest::of(Lines::new(bytes))
    }

    pub fn of(lines: Lines<'a>) -> Self {
        Nest {
            lines,
            open: Vec::new(),
        }
    }

    fn place(&mut self, line: Line<'a>) -> Result<Step<'a>, Invalid> {
        let refuse = |reason| Invalid {
            line: line.number(),
            reason,
        };
        let (kind, depth) = if line.is_blank() {
            (Kind::Blank, self.open.len())
        } else if line.group().is_some() {
            (Kind::Property, self.open.len())
        } else if line.is("BEGIN") {
            let name = line.value_cow();
            if name.trim_matches([' ', '\t']).is_empty() {
                return Err(refuse(Reason::Nameless));
            }
            if self.open.len() == MAX_DEPTH {
                return Err(refuse(Reason::TooDeep));
            }
            self.open.push((name, line.number()));
            (Kind::Begin, self.open.len())
        } else if line.is("END") {
            let depth = self.open.len();
            let (name, _) = self.open.pop().ok_or_else(|| refuse(Reason::NotOpen))?;
            let blank = [' ', '\t'];
            let ended = line.value().trim_matches(blank);
            if !name.trim_matches(blank).eq_ignore_ascii_case(ended) {
                return Err(refuse(Reason::Crossed));
            }
            (Kind::End, depth)
        } else {
            (Kind::Property, self.open.len())
        };
        if kind == Kind::Property && depth == 0 {
            return Err(refuse(Reason::Outside));
        }
        Ok(Step { kind, depth, line })
    }
}

impl<'a> Iterator for Nest<'a> {
    type Item = Result<Step<'a>, Invalid>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = match self.lines.next() {
            Some(Ok(line)) => self.place(line),
            Some(Err(line::Invalid { line, reason })) => Err(Invalid {
                line,
                reason: Reason::Line(reason),
            }),
            None => {
                let (_, line) = self.open.pop()?;
                let reason = Reason::NotClosed;
                Err(Invalid { line, reason })
            }
        };
        if step.is_err() {
            self.lines = Lines::new(&[]);
            self.open.clear();
        }
        Some(step)
    }
}

impl std::iter::FusedIterator for Nest<'_> {}

/// A line that is refused, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The physical line, from 1.
    pub line: usize,
    pub reason: Reason,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for Invalid {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Line(line::Reason),
    Nameless,
    TooDeep,
    NotOpen,
    Crossed,
    NotClosed,
    Outside,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Line(reason) => return reason.fmt(f),
            Reason::Nameless => "BEGIN does not say what begins.",
            Reason::TooDeep => "Components are nested too deeply.",
            Reason::NotOpen => "END stands where nothing is open.",
            Reason::Crossed => "END names another component than the one that is open.",
            Reason::NotClosed => {
                "What begins here has no END. Perhaps the end of the file is missing."
            }
            Reason::Outside => "A line stands outside of BEGIN and END.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (usize, Reason) {
        let mut nest = Nest::new(text.as_bytes());
        let invalid = nest.by_ref().find_map(Result::err).expect("refused");
        assert!(nest.next().is_none(), "nothing follows an error");
        (invalid.line, invalid.reason)
    }

    #[test]
    fn each_line_knows_its_place() {
        let text = "BEGIN:A\nX:1\nbegin:b \n\nY:2\ng.BEGIN:no\nEND:B\nEND:a\n\nBEGIN:C\nEND:C";
        let steps: Vec<_> = Nest::new(text.as_bytes())
            .map(|step| step.map(|step| (step.kind, step.depth)))
            .collect();
        use Kind::*;
        let expected = [
            (Begin, 1),
            (Property, 1),
            (Begin, 2),
            (Blank, 2),
            (Property, 2),
            (Property, 2),
            (End, 2),
            (End, 1),
            (Blank, 0),
            (Begin, 1),
            (End, 1),
        ];
        assert_eq!(steps, expected.map(Ok));
    }

    #[test]
    fn what_is_out_of_balance_is_refused() {
        assert_eq!(refused("BEGIN:A\nEND:B"), (2, Reason::Crossed));
        assert_eq!(refused("BEGIN:A\nX:1\nBEGIN:B\n"), (3, Reason::NotClosed));
        assert_eq!(refused("BEGIN:A\nEND:A\nEND:A"), (3, Reason::NotOpen));
        assert_eq!(refused("\nX:1"), (2, Reason::Outside));
        assert_eq!(refused("BEGIN: "), (1, Reason::Nameless));
        let broken = refused("BEGIN:A\nX\nEND:A");
        assert_eq!(broken, (2, Reason::Line(line::Reason::NoColon)));
    }

    #[test]
    fn depth_is_bounded_without_using_the_stack() {
        let nested = |depth| "BEGIN:A\n".repeat(depth) + &"END:A\n".repeat(depth);
        assert!(Nest::new(nested(MAX_DEPTH).as_bytes()).all(|step| step.is_ok()));
        let depth = (MAX_DEPTH + 1, Reason::TooDeep);
        assert_eq!(refused(&nested(MAX_DEPTH + 1)), depth);
        let small = std::thread::Builder::new().stack_size(64 * 1024);
        let deep = small.spawn(move || refused(&nested(20_000))).unwrap();
        assert_eq!(deep.join().unwrap(), depth);
    }
}
