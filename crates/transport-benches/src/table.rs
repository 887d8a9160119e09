//! The table.

use transport_benches::Contender;

/// What was measured of every contender, or why it was not.
#[derive(Clone)]
pub struct Figures {
    pub ours: Result<f64, String>,
    pub by_hand: Result<f64, String>,
    pub oauth2: Result<f64, String>,
}

/// What ours is to reach.
#[derive(Clone, Copy, Debug)]
pub enum Aim {
    /// At most so many times what it costs by hand.
    TimesByHand(f64),
    BelowOauth2,
    AtMost(f64),
}

pub struct Row {
    measure: String,
    figures: Figures,
    aims: Vec<Aim>,
}

impl Row {
    pub fn new(measure: &str, figures: Figures, aims: Vec<Aim>) -> Self {
        Self { measure: measure.to_owned(), figures, aims }
    }

    /// Whether an aim is not reached, or could not be measured.
    pub fn is_missed(&self) -> bool {
        self.aims.iter().any(|aim| !aim.is_reached(&self.figures))
    }

    fn print(&self, name: &str) {
        let Figures { ours, by_hand, oauth2 } = &self.figures;
        let ratio = |to: &Result<f64, String>| match (ours, to) {
            (Ok(ours), Ok(to)) if *to > 0.0 => decimals(ours / to, 2),
            _ => "–".to_owned(),
        };
        let aims: Vec<_> = self.aims.iter().map(Aim::text).collect();
        let verdict = match (self.aims.is_empty(), self.is_missed()) {
            (true, _) => "",
            (false, true) => "missed",
            (false, false) => "reached",
        };
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {verdict} | `{name}` |",
            self.measure,
            shown(ours),
            shown(by_hand),
            shown(oauth2),
            ratio(by_hand),
            ratio(oauth2),
            aims.join(", "),
        );
    }

    fn print_misses(&self) {
        let Figures { ours, by_hand, oauth2 } = &self.figures;
        for (contender, figure) in Contender::ALL.iter().zip([ours, by_hand, oauth2]) {
            if let Err(why) = figure {
                println!("\nNot measured: {}, {}: {why}", self.measure, contender.name());
            }
        }
    }
}

impl Aim {
    fn is_reached(&self, figures: &Figures) -> bool {
        let Ok(ours) = figures.ours else { return false };
        match (self, &figures.by_hand, &figures.oauth2) {
            (Self::TimesByHand(times), Ok(by_hand), _) => ours <= times * by_hand,
            (Self::BelowOauth2, _, Ok(oauth2)) => ours < *oauth2,
            (Self::AtMost(most), ..) => ours <= *most,
            _ => false,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::TimesByHand(times) => format!("≤ {times:.1} × by hand"),
            Self::BelowOauth2 => "< oauth2".to_owned(),
            Self::AtMost(most) => format!("≤ {}", number(*most)),
        }
    }
}

/// Prints rows, each with the name of what measures it.
pub fn print(rows: &[(&str, Row)]) {
    println!(
        "| a sign-in | ours | by hand | oauth2 | ours / by hand | ours / oauth2 | aim | | `just bench-transports …` |"
    );
    println!("|---|---:|---:|---:|---:|---:|---|---|---|");
    rows.iter().for_each(|(name, row)| row.print(name));
    rows.iter().for_each(|(_, row)| row.print_misses());
}

fn shown(figure: &Result<f64, String>) -> String {
    figure.as_ref().map_or_else(|_| "–".to_owned(), |it| number(*it))
}

/// With a comma before every three digits, and with decimals when it is small.
pub fn number(number: f64) -> String {
    match number {
        _ if number.fract() == 0.0 => grouped(number),
        _ if number.abs() < 100.0 => decimals(number, 2),
        _ => grouped(number.round()),
    }
}

fn decimals(number: f64, count: usize) -> String {
    format!("{number:.count$}")
}

fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && text != "-" && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
