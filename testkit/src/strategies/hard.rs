//! What do real systems hold that nobody thought of? Names and other texts that break rules.

use super::draw::Draw;

/// Why a text is hard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Hard {
    /// A person with one name.
    SingleName,
    /// `van der`, `de la`, `bin`.
    Particle,
    /// `O'Neill`, with the straight or the curly apostrophe.
    Apostrophe,
    /// Several words or a hyphen.
    Compound,
    /// Written from right to left.
    RightToLeft,
    /// Letters other than Latin ones.
    OwnScript,
    /// A letter and its accent as two characters.
    CombiningMark,
    /// Three hundred characters.
    Long,
    /// One character.
    Short,
    /// A text of no characters.
    Empty,
    /// Nothing but space, or space at an end.
    Space,
    /// A picture.
    Emoji,
    /// A letter of another alphabet that looks like a Latin one.
    Homoglyph,
    /// A character that nobody sees.
    Invisible,
    /// A tab or a line break.
    Control,
    /// Characters that mean something elsewhere: in SQL, CSV, LDAP names, HTML.
    Punctuation,
    /// Letters whose upper and lower case are a trap.
    Case,
    /// Nothing but digits.
    Digits,
}

impl Hard {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::SingleName,
        Self::Particle,
        Self::Apostrophe,
        Self::Compound,
        Self::RightToLeft,
        Self::OwnScript,
        Self::CombiningMark,
        Self::Long,
        Self::Short,
        Self::Empty,
        Self::Space,
        Self::Emoji,
        Self::Homoglyph,
        Self::Invisible,
        Self::Control,
        Self::Punctuation,
        Self::Case,
        Self::Digits,
    ];
}

/// How many characters a long name has.
pub const LONG_NAME: usize = 300;

/// Given names and family names that are hard in the same way. An empty one is left out.
const NAMES: [(Hard, &[(&str, &str)]); 17] = [
    (Hard::SingleName, &[("Suharto", ""), ("", "Teller")]),
    (Hard::Particle, &[("Ludwig", "van der Berg"), ("Ana", "de la Cruz"), ("Omar", "bin al-Rashid")]),
    (Hard::Apostrophe, &[("Sean", "O'Neill"), ("Chiara", "D\u{2019}Angelo"), ("N'Golo", "M'Baye")]),
    (Hard::Compound, &[("Jean-Luc", "Saint-Denis"), ("Mary Ann", "Garc\u{ed}a M\u{e1}rquez")]),
    (
        Hard::RightToLeft,
        &[
            ("\u{645}\u{62d}\u{645}\u{62f}", "\u{639}\u{628}\u{62f}\u{627}\u{644}\u{644}\u{647}"),
            ("\u{5e0}\u{5d5}\u{5e2}\u{5d4}", "\u{5db}\u{5d4}\u{5df}"),
        ],
    ),
    (
        Hard::OwnScript,
        &[
            ("\u{4f1f}", "\u{738b}"),
            ("\u{410}\u{43d}\u{43d}\u{430}", "\u{416}\u{443}\u{43a}"),
            ("\u{e2a}\u{e21}\u{e0a}\u{e32}\u{e22}", "\u{e43}\u{e08}\u{e14}\u{e35}"),
        ],
    ),
    (Hard::CombiningMark, &[("Jose\u{301}", "Nun\u{303}ez"), ("Zoe\u{308}", "Mu\u{308}ller")]),
    (Hard::Short, &[("A", "B"), ("O", "\u{c5}")]),
    (Hard::Empty, &[("", "")]),
    (Hard::Space, &[(" Adele ", "Vance "), ("Adele", "Vance  Jones"), (" ", " ")]),
    (
        Hard::Emoji,
        &[
            ("Zo\u{eb} \u{1f984}", "Park"),
            ("\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}", "\u{1f1e9}\u{1f1ea}"),
        ],
    ),
    (Hard::Homoglyph, &[("\u{410}dele", "V\u{430}nce"), ("Ad\u{435}l\u{435}", "Vance")]),
    (
        Hard::Invisible,
        &[("Ade\u{200b}le", "Vance"), ("\u{feff}Ben", "Smith\u{a0}Jones"), ("Ann\u{202e}a", "Lee")],
    ),
    (Hard::Control, &[("Ann\tLee", "Smith"), ("Ann", "Smith\nJones")]),
    (
        Hard::Punctuation,
        &[
            ("Robert\"); --", "Tables"),
            ("=1+1", "Smith, Jr."),
            ("<b>Ann</b>", "A\\B#C+D;E"),
            ("Ann@home", "%s*)("),
        ],
    ),
    (
        Hard::Case,
        &[
            ("\u{130}pek", "Ilg\u{131}n"),
            ("Heinz", "Wei\u{df}"),
            ("\u{fb01}ona", "McDONALD"),
            ("ann", "SMITH"),
        ],
    ),
    (Hard::Digits, &[("007", "1984")]),
];

const GIVEN: [&str; 8] = ["Adele", "Ben", "Chlo\u{e9}", "Dora", "Emre", "Fatima", "Grace", "Henri"];
const FAMILY: [&str; 8] =
    ["Vance", "Smith", "\u{c5}ngstr\u{f6}m", "Kaya", "Silva", "Nowak", "Tanaka", "Berg"];

/// Draws a given name and a family name: a plain one, or in a third of the cases a hard one.
pub(super) fn name(draw: &mut Draw) -> (String, String) {
    if draw.percent(66) {
        return (draw.word(&GIVEN).to_owned(), draw.word(&FAMILY).to_owned());
    }
    if draw.percent(8) {
        let long = "Wolfeschlegelsteinhausenbergerdorff".chars().cycle().take(LONG_NAME).collect();
        return if draw.percent(50) { (long, "Vance".into()) } else { ("Adele".into(), long) };
    }
    let of_kind = draw.pick(&NAMES).map_or(&[][..], |(_, names)| names);
    let (given, family) = draw.pick(of_kind).copied().unwrap_or_default();
    (given.to_owned(), family.to_owned())
}

/// Draws a text that is no name: a plain word, or a hard one.
pub(super) fn text(draw: &mut Draw) -> String {
    const PLAIN: [&str; 6] = ["Sales", "IT", "Engineer", "Berlin", "Clerk", "A-17"];
    if draw.percent(70) {
        return draw.word(&PLAIN).to_owned();
    }
    let (given, family) = name(draw);
    if draw.percent(50) { given } else { family }
}

/// Tells in which ways a text is hard.
pub fn hardness(text: &str) -> Vec<Hard> {
    let any = |is: fn(char) -> bool| text.chars().any(is);
    let ends_in_space = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    let particles = [" van ", "van der ", "de la ", "bin ", " von "];
    let is_latin = |it: char| it.is_ascii() || matches!(it, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}');
    let is_alphabet = |it: char| it.is_alphabetic() && !is_latin(it) && !is_homoglyph(it);
    let found = [
        (Hard::Particle, particles.iter().any(|it| text.contains(it))),
        (Hard::Apostrophe, any(|it| matches!(it, '\'' | '\u{2019}'))),
        (Hard::Compound, text.trim().contains([' ', '-'])),
        (Hard::RightToLeft, any(|it| matches!(it, '\u{590}'..='\u{6ff}'))),
        (Hard::OwnScript, text.chars().any(is_alphabet)),
        (Hard::CombiningMark, any(|it| matches!(it, '\u{300}'..='\u{36f}'))),
        (Hard::Long, text.chars().count() >= LONG_NAME),
        (Hard::Short, text.chars().count() == 1),
        (Hard::Empty, text.is_empty()),
        (Hard::Space, ends_in_space || text.contains("  ")),
        (Hard::Emoji, any(|it| matches!(it, '\u{1f1e6}'..='\u{1faff}'))),
        (Hard::Homoglyph, any(is_homoglyph) && any(|it| it.is_ascii_alphabetic())),
        (Hard::Invisible, any(|it| matches!(it, '\u{200b}'..='\u{202e}' | '\u{feff}' | '\u{a0}'))),
        (Hard::Control, any(char::is_control)),
        (Hard::Punctuation, text.contains(['"', '=', '<', '\\', '%', ',', '#'])),
        (Hard::Case, text.contains(['\u{130}', '\u{131}', '\u{df}', '\u{fb01}'])),
        (Hard::Digits, !text.is_empty() && text.chars().all(|it| it.is_ascii_digit())),
    ];
    found.into_iter().filter(|(_, is)| *is).map(|(hard, _)| hard).collect()
}

/// Cyrillic letters that look like Latin ones.
fn is_homoglyph(character: char) -> bool {
    matches!(character, '\u{410}' | '\u{430}' | '\u{435}' | '\u{43e}' | '\u{440}' | '\u{441}' | '\u{445}')
}
