//! How far a mismatch is explained, as clap sees it.

use clap::{Args, ValueEnum};

use crate::diagnose::Effort;

/// Whether, and how far, to look for the cause of a signature that is not valid.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct ExplainArgs {
    /// How far to look for the cause of a signature that is not valid: what takes a moment, or everything
    #[arg(long, value_name = "EFFORT", value_enum, default_value_t = Explain::Brief)]
    pub explain: Explain,
    /// Do not look for the cause of a signature that is not valid
    #[arg(long, conflicts_with = "explain")]
    pub no_explain: bool,
}

/// How far to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Explain {
    /// For a moment
    #[default]
    Brief,
    /// At every combination of up to four causes
    Deep,
}

impl ExplainArgs {
    /// The effort that was asked for; `None` for none at all.
    pub fn effort(&self) -> Option<Effort> {
        match (self.no_explain, self.explain) {
            (true, _) => None,
            (false, Explain::Brief) => Some(Effort::Brief),
            (false, Explain::Deep) => Some(Effort::Deep),
        }
    }
}
