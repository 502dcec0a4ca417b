//! A line of a script: an assignment or a command.

use super::command::{Command, Input, ScriptError};
use super::piped::piped;
use crate::shell::{self, Token};

const RUN_IT: &str = "write the value in its place, or run the script against cz-hook listen --json and read what that prints";

/// `NAME=value` or `NAME+=value`.
pub(super) struct Assignment<'t> {
    pub name: &'t [u8],
    pub value: &'t [u8],
    /// Whether it is `+=`.
    pub is_extension: bool,
}

pub(super) fn assignment(line: &[u8]) -> Option<Assignment<'_>> {
    let line = line.strip_prefix(b"export ").unwrap_or(line);
    let length = name_length(line);
    let name = line.get(..length).filter(|name| !name.is_empty())?;
    let rest = line.get(length..)?;
    let extension = rest.strip_prefix(b"+=");
    let value = rest.strip_prefix(b"=").or(extension)?;
    Some(Assignment { name, value, is_extension: extension.is_some() })
}

pub(super) fn name_length(text: &[u8]) -> usize {
    if text.first().is_some_and(u8::is_ascii_digit) {
        return 0;
    }
    text.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count()
}

/// A line of a script, with the lines that continue it.
#[derive(Default)]
pub(super) struct Line {
    /// Without redirections, and with the values of variables, quoted.
    pub text: Vec<u8>,
    pub input: Option<Input>,
    /// What of it only a shell could know.
    pub unknown: Option<&'static str>,
}

impl Line {
    /// The command, if the program is known and everything on the line is.
    pub fn command(self, is_program: fn(&[u8]) -> bool) -> Result<Command, ScriptError> {
        if let Some(what) = self.unknown {
            let why = format!("{what} in it needs a real shell");
            return Err(ScriptError { why, hint: RUN_IT });
        }
        let tokens = shell::split(&self.text)
            .map_err(|why| ScriptError { why: why.to_string(), hint: why.hint() })?;
        let mut stages = vec![Vec::new()];
        for token in tokens {
            match token {
                Token::Word(word) => {
                    let is_first = stages.len() == 1 && stages.iter().all(Vec::is_empty);
                    let is_prompt = word == b"$" && is_first;
                    if let (Some(stage), false) = (stages.last_mut(), is_prompt) {
                        stage.push(word);
                    }
                }
                Token::Pipe => stages.push(Vec::new()),
                Token::End => break,
            }
        }
        let mut stages = stages.into_iter();
        let first = stages.next().unwrap_or_default();
        if first.first().is_some_and(|word| is_program(word)) {
            return Ok(Command { words: first, input: self.input });
        }
        let input = piped(&first, self.input)?;
        let words = stages.next().unwrap_or_default();
        match words.first().is_some_and(|word| is_program(word)) {
            true => Ok(Command { words, input: Some(input) }),
            false => Err(ScriptError {
                why: "it has more than one pipe".to_owned(),
                hint: "write the body into a file, and give it with `<`",
            }),
        }
    }
}
