//! Asks the person at the terminal, or says which flag would have answered.

use std::io::IsTerminal;

use dialoguer::{Input, Password, Select};

use crate::cli::exit::{Exit, Failure};
use crate::domain::Secret;

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// A person at the terminal.
    Person,
    /// Nobody: what no flag says is an error.
    Nobody,
}

impl Asks {
    /// A person, if there is a terminal and `--no-input` is not given.
    pub fn unless(no_input: bool) -> Self {
        let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if terminal && !no_input { Self::Person } else { Self::Nobody }
    }

    /// A line of text.
    pub fn text(self, prompt: &str, flag: &str) -> Result<String, Failure> {
        self.needed(flag)?;
        Ok(Input::<String>::new().with_prompt(prompt).interact_text()?.trim().to_owned())
    }

    /// A secret: what is typed is not shown.
    pub fn secret(self, prompt: &str, flag: &str) -> Result<Secret, Failure> {
        self.needed(flag)?;
        Ok(Secret::new(Password::new().with_prompt(prompt).interact()?.trim()))
    }

    /// One of several; without a person, the first.
    pub fn choose(self, prompt: &str, options: &[String]) -> Result<usize, Failure> {
        match self {
            _ if options.len() == 1 => Ok(0),
            Self::Nobody => Ok(0),
            Self::Person => Ok(Select::new().with_prompt(prompt).items(options).default(0).interact()?),
        }
    }

    fn needed(self, flag: &str) -> Result<(), Failure> {
        match self {
            Self::Person => Ok(()),
            Self::Nobody => Err(Failure::new(Exit::Usage, format!("{flag} is not given, and there is nobody to ask"))),
        }
    }
}
