//! A shorter way to read the command lines that scripts run a thousand times: with the definitions of the one
//! command that is named, and not of all. What cannot be read like this is read in full, for its error or help.

use std::ffi::OsString;

use clap::{ArgMatches, Args, FromArgMatches};

use super::{Cli, Command, Shared, sign, verify};

/// The command line, if it is one of those; `None` says nothing about it.
pub fn read(args: &[OsString]) -> Option<Cli> {
    let named = args
        .iter()
        .skip(1)
        .find(|arg| !arg.as_encoded_bytes().starts_with(b"-"))?;
    match named.to_str()? {
        "verify" => one::<verify::VerifyArgs>("verify", args, Command::Verify),
        "sign" => one::<sign::SignArgs>("sign", args, Command::Sign),
        _ => None,
    }
}

fn one<A: Args>(name: &'static str, args: &[OsString], of: fn(A) -> Command) -> Option<Cli> {
    let base = clap::Command::new("cz-hook")
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .subcommand_required(true);
    let command = Shared::augment_args(base).subcommand(A::augment_args(clap::Command::new(name)));
    let mut matches: ArgMatches = command.try_get_matches_from(args).ok()?;
    let shared = Shared::from_arg_matches_mut(&mut matches).ok()?;
    let (_, mut own) = matches.remove_subcommand()?;
    let command = of(A::from_arg_matches_mut(&mut own).ok()?);
    Some(Cli { shared, command })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn what_is_read_shortly_is_read_the_same_in_full() {
        for line in [
            "cz-hook verify",
            "cz-hook verify - --secret a --secret -b --signature x --json",
            "cz-hook --color never -q verify body.json --header k:v --provider p --explain=deep",
            "cz-hook verify f --secret-file s --profile p -v --against g",
            "cz-hook sign --no-config lead.submit --channel c --set a=b --set c:=1 --print value",
            "cz-hook --profile verify sign --body - --secret s",
        ] {
            let args = words(line);
            let full = Cli::try_parse_from(&args).unwrap();
            // A word that is only an option's value sends it the long way, which is as good.
            if let Some(short) = read(&args) {
                assert_eq!(format!("{short:?}"), format!("{full:?}"), "{line}");
            } else {
                assert!(
                    line.contains("--profile verify") || line.contains("--color never"),
                    "{line}"
                );
            }
        }
    }

    #[test]
    fn what_needs_all_definitions_is_left_to_them() {
        for line in [
            "cz-hook",
            "cz-hook --version",
            "cz-hook verify --help",
            "cz-hook verify --no-such-option",
            "cz-hook verify a b",
            "cz-hook sign --print nonsense",
            "cz-hook listen --port 0",
            "cz-hook verify -q -v",
        ] {
            assert!(read(&words(line)).is_none(), "{line}");
        }
    }
}
