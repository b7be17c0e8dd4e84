//! Secrets that are asked for.

use std::io::{self, BufRead, IsTerminal};

use console::Term;

use super::output::Output;

impl Output {
    /// Asks for a secret; none if there is no answer. At a terminal it is read without echo. Elsewhere nobody
    /// is asked: a script pipes it in, and the first line of the standard input is taken.
    pub fn secret(&self, question: &str) -> io::Result<Option<String>> {
        let answer = if io::stdin().is_terminal() {
            self.between_redraws(|| at_terminal(question))?
        } else {
            first_line(io::stdin().lock())?
        };
        Ok(Some(answer).filter(|answer| !answer.is_empty()))
    }
}

/// Asks wherever somebody can read the question; without such a place, nobody could know what to answer.
fn at_terminal(question: &str) -> io::Result<String> {
    let screens = [Term::stderr(), Term::stdout()];
    let Some(screen) = screens.into_iter().find(Term::is_term) else {
        return Ok(String::new());
    };
    screen.write_str(question)?;
    screen.read_secure_line()
}

fn first_line(mut input: impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_taken_without_its_end_and_with_its_blanks() {
        assert_eq!(first_line(&b" pass word \r\nmore"[..]).unwrap(), " pass word ");
        assert_eq!(first_line(&b""[..]).unwrap(), "");
    }
}
