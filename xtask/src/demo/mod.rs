//! Demos: stories that a newcomer watches and that CI runs as end-to-end tests.
//!
//! Every claim of a story is read off the real systems, never off what the product says about itself alone.
//! What a demo starts is gone when it ends, however it ends.

mod claims;
mod grid;
mod observed;
mod patience;
mod serve;
mod stage;
mod story;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::places::Places;
use crate::{interrupt, say};

use claims::Claims;
use stage::Stage;

/// Which story, and for whom.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask demo krake --once -o json")]
pub(crate) struct Demo {
    /// The story
    #[arg(default_value = "krake")]
    name: Story,
    /// Without a terminal: end with the story, successfully only if every claim held
    #[arg(long)]
    once: bool,
    #[arg(short, long, default_value = "table")]
    output: Output,
}

/// The stories there are.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Story {
    /// A workload goes where power is greenest, moves without a gap, and is healed
    Krake,
}

/// Who reads the claims.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    /// People
    Table,
    /// Programs
    Json,
}

/// Every story once, as a test.
pub(crate) fn tell_all(places: &Places) -> Result<()> {
    for name in Story::value_variants() {
        let demo = Demo {
            name: *name,
            once: true,
            output: Output::Table,
        };
        demo.run(places)?;
    }
    Ok(())
}

impl Demo {
    pub(crate) fn run(self, places: &Places) -> Result<()> {
        let Story::Krake = self.name;
        let started = Instant::now();
        let stage = Stage::set(places)?;
        say::line(format_args!("ready after {}\n", say::spoken(started.elapsed())));
        let mut claims = Claims::default();
        let told = story::tell(&stage, &mut claims);
        if told.is_ok() && !self.once {
            stage.invite();
            while !interrupt::is_requested() {
                thread::sleep(Duration::from_millis(100));
            }
        }
        let farewell = story::clear(&stage, &mut claims);
        drop(stage);
        match self.output {
            Output::Table => say::data(claims.table())?,
            Output::Json => say::data(claims.json("krake")?)?,
        }
        told.and(farewell)?;
        if !claims.all_held() {
            bail!("a claim did not hold");
        }
        say::line(format_args!(
            "every claim held; all of it took {}",
            say::spoken(started.elapsed())
        ));
        Ok(())
    }
}
