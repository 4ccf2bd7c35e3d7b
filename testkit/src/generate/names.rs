//! What are people called? Lists of names by culture, and how each culture puts a name together.
//!
//! [`NameBook::read`] parses the lists once; [`NameBook::draw`] makes one [`DrawnName`] from them.

mod asian;
mod eastern;
mod levant;
mod northern;
mod southern;

use super::Text;
use super::random::Random;

/// A group of people whose names follow the same customs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Culture {
    Arabic,
    ArabicScript,
    Bulgarian,
    BulgarianScript,
    Chinese,
    ChineseScript,
    Czech,
    Dutch,
    English,
    French,
    German,
    Greek,
    GreekScript,
    Hungarian,
    Icelandic,
    Indian,
    Indonesian,
    Irish,
    Italian,
    Japanese,
    JapaneseScript,
    Polish,
    Portuguese,
    Romanian,
    Scandinavian,
    Spanish,
    Turkish,
    Ukrainian,
    Vietnamese,
}

impl Culture {
    /// Every culture, in the order of declaration, so that `culture as usize` is its place.
    pub(super) const ALL: [Self; 29] = [
        Self::Arabic,
        Self::ArabicScript,
        Self::Bulgarian,
        Self::BulgarianScript,
        Self::Chinese,
        Self::ChineseScript,
        Self::Czech,
        Self::Dutch,
        Self::English,
        Self::French,
        Self::German,
        Self::Greek,
        Self::GreekScript,
        Self::Hungarian,
        Self::Icelandic,
        Self::Indian,
        Self::Indonesian,
        Self::Irish,
        Self::Italian,
        Self::Japanese,
        Self::JapaneseScript,
        Self::Polish,
        Self::Portuguese,
        Self::Romanian,
        Self::Scandinavian,
        Self::Spanish,
        Self::Turkish,
        Self::Ukrainian,
        Self::Vietnamese,
    ];

    fn names(self) -> &'static Names {
        match self {
            Self::Arabic => &levant::ARABIC,
            Self::ArabicScript => &levant::ARABIC_SCRIPT,
            Self::Bulgarian => &eastern::BULGARIAN,
            Self::BulgarianScript => &eastern::BULGARIAN_SCRIPT,
            Self::Chinese => &asian::CHINESE,
            Self::ChineseScript => &asian::CHINESE_SCRIPT,
            Self::Czech => &eastern::CZECH,
            Self::Dutch => &northern::DUTCH,
            Self::English => &northern::ENGLISH,
            Self::French => &southern::FRENCH,
            Self::German => &northern::GERMAN,
            Self::Greek => &levant::GREEK,
            Self::GreekScript => &levant::GREEK_SCRIPT,
            Self::Hungarian => &eastern::HUNGARIAN,
            Self::Icelandic => &northern::ICELANDIC,
            Self::Indian => &asian::INDIAN,
            Self::Indonesian => &asian::INDONESIAN,
            Self::Irish => &northern::IRISH,
            Self::Italian => &southern::ITALIAN,
            Self::Japanese => &asian::JAPANESE,
            Self::JapaneseScript => &asian::JAPANESE_SCRIPT,
            Self::Polish => &eastern::POLISH,
            Self::Portuguese => &southern::PORTUGUESE,
            Self::Romanian => &southern::ROMANIAN,
            Self::Scandinavian => &northern::SCANDINAVIAN,
            Self::Spanish => &southern::SPANISH,
            Self::Turkish => &levant::TURKISH,
            Self::Ukrainian => &eastern::UKRAINIAN,
            Self::Vietnamese => &asian::VIETNAMESE,
        }
    }

    /// Whether the names are written in letters other than Latin ones.
    fn has_own_script(self) -> bool {
        matches!(
            self,
            Self::ArabicScript
                | Self::BulgarianScript
                | Self::ChineseScript
                | Self::GreekScript
                | Self::JapaneseScript
        )
    }
}

/// The names of one culture as written down: comma-separated lists.
struct Names {
    female: &'static str,
    male: &'static str,
    family: &'static str,
    /// The women's form of every family name, in the same order; empty where there is only one form.
    family_female: &'static str,
    /// `given name=what colleagues call them`.
    called: &'static str,
    /// How often, in thousandths, a name is put together in another way than given name and family name.
    habits: &'static [(u32, Habit)],
}

/// A way to put a name together.
#[derive(Clone, Copy)]
enum Habit {
    /// Two family names with this between them.
    TwoFamilyNames(&'static str),
    /// A single name that the HR system holds as the given name.
    GivenNameOnly,
    /// A single name that the HR system holds as the family name.
    FamilyNameOnly,
}

/// Names that break forms, columns and badge printers.
const LONG_NAMES: [(&str, &str); 5] = [
    ("Maria Francisca da Conceição Isabel", "de Albuquerque Sotomaior e Vasconcelos de Meneses"),
    ("Friederike Auguste Wilhelmine", "von Hohenfels-Rautenberg zu Altenstein und Brunnau"),
    ("Venkata Satyanarayana Lakshmi Narasimha", "Chakravarthula Ramachandrapuram Venkateswara Rao"),
    ("Juan Bautista de la Santísima Trinidad", "Fernández de Arizmendi y Ruiz de Montenegro-Zúñiga"),
    ("Abdelrahman Mahmoud Isma'il Abdul Aziz", "ibn Yousef ibn Khalil al-Hashimi al-Iskandarani"),
];

/// A name as an HR system holds it.
#[derive(Clone, Debug, Default)]
pub(super) struct DrawnName {
    pub(super) first: Text,
    pub(super) last: Text,
    /// What colleagues call the person, where that is not the first name.
    pub(super) preferred: Option<Text>,
}

/// The parsed lists of all cultures.
pub(super) struct NameBook {
    shelves: Vec<Shelf>,
}

struct Shelf {
    female: Vec<&'static str>,
    male: Vec<&'static str>,
    family: Vec<&'static str>,
    family_female: Vec<&'static str>,
    called: Vec<(&'static str, &'static str)>,
    habits: &'static [(u32, Habit)],
    preferred_permille: u32,
}

impl NameBook {
    /// Parses the lists.
    pub(super) fn read() -> Self {
        Self { shelves: Culture::ALL.iter().map(|culture| shelf(*culture)).collect() }
    }

    /// Draws a name that is plausible in `culture`.
    pub(super) fn draw(&self, culture: Culture, random: &mut Random) -> DrawnName {
        let Some(shelf) = self.shelves.get(culture as usize) else {
            return DrawnName::default();
        };
        let woman = random.chance(500);
        let (given, family) = match woman {
            true if shelf.family_female.is_empty() => (&shelf.female, &shelf.family),
            true => (&shelf.female, &shelf.family_female),
            false => (&shelf.male, &shelf.family),
        };
        let first = random.pick(given);
        let last = random.pick(family);
        let (first, last) = match shelf.habit(random) {
            None => (Text::Borrowed(first), Text::Borrowed(last)),
            Some(Habit::GivenNameOnly) => (Text::Borrowed(first), Text::default()),
            Some(Habit::FamilyNameOnly) => (Text::default(), Text::Borrowed(first)),
            Some(Habit::TwoFamilyNames(between)) => {
                let other = random.pick(family);
                let both = if other == last { last.into() } else { format!("{last}{between}{other}").into() };
                (Text::Borrowed(first), both)
            }
        };
        let preferred = shelf
            .called
            .iter()
            .find(|(name, _)| *name == first)
            .filter(|_| random.chance(shelf.preferred_permille))
            .map(|(_, called)| Text::Borrowed(*called));
        spell(DrawnName { first, last, preferred }, random)
    }
}

impl Shelf {
    fn habit(&self, random: &mut Random) -> Option<Habit> {
        let mut roll = random.below(1000);
        for (permille, habit) in self.habits {
            match roll.checked_sub(*permille) {
                None => return Some(*habit),
                Some(rest) => roll = rest,
            }
        }
        None
    }
}

/// Returns one of the long names, each in turn.
pub(super) fn long_name(turn: usize) -> DrawnName {
    let (first, last) = LONG_NAMES[turn % LONG_NAMES.len()];
    DrawnName { first: first.into(), last: last.into(), preferred: None }
}

/// Lets the spelling vary as it does between keyboards: curved apostrophes, and accents as marks of their own.
fn spell(name: DrawnName, random: &mut Random) -> DrawnName {
    let curved = random.chance(250);
    let decomposed = random.chance(12);
    let respell = |text: Text| -> Text {
        if curved && text.contains('\'') {
            text.replace('\'', "’").into()
        } else if decomposed && !text.is_ascii() {
            decompose(&text).into()
        } else {
            text
        }
    };
    DrawnName { first: respell(name.first), last: respell(name.last), preferred: name.preferred }
}

/// Writes the commonest accented letters as a letter and a combining mark (Unicode form D).
fn decompose(text: &str) -> String {
    const ACCENTED: [(&str, char); 4] = [
        ("áÁéÉíÍóÓúÚ", '\u{301}'),
        ("àÀèÈìÌòÒùÙ", '\u{300}'),
        ("äÄëËïÏöÖüÜ", '\u{308}'),
        ("âÂêÊîÎôÔûÛ", '\u{302}'),
    ];
    const BASE: &str = "aAeEiIoOuU";
    let mut decomposed = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        let found = ACCENTED.iter().find_map(|(letters, mark)| {
            let place = letters.chars().position(|accented| accented == letter)?;
            Some((BASE.chars().nth(place)?, *mark))
        });
        match found {
            Some((base, mark)) => decomposed.extend([base, mark]),
            None => decomposed.push(letter),
        }
    }
    decomposed
}

fn shelf(culture: Culture) -> Shelf {
    let names = culture.names();
    Shelf {
        female: entries(names.female).collect(),
        male: entries(names.male).collect(),
        family: entries(names.family).collect(),
        family_female: entries(names.family_female).collect(),
        called: entries(names.called).filter_map(|pair| pair.split_once('=')).collect(),
        habits: names.habits,
        // Who writes the name in another script nearly always goes by a Latin one as well.
        preferred_permille: if culture.has_own_script() { 850 } else { 450 },
    }
}

fn entries(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_culture_stands_at_its_place() {
        for (place, culture) in Culture::ALL.iter().enumerate() {
            assert_eq!(place, *culture as usize, "{culture:?}");
        }
    }

    #[test]
    fn lists_are_whole() {
        for culture in Culture::ALL {
            let shelf = shelf(culture);
            assert!(shelf.female.len() >= 10 && shelf.male.len() >= 10 && shelf.family.len() >= 10);
            if !shelf.family_female.is_empty() {
                assert_eq!(shelf.family.len(), shelf.family_female.len(), "{culture:?}: women's forms");
            }
            for list in [&shelf.female, &shelf.male, &shelf.family] {
                let distinct: BTreeSet<_> = list.iter().collect();
                assert_eq!(distinct.len(), list.len(), "{culture:?}: a name is listed twice");
            }
            for (name, _) in &shelf.called {
                assert!(
                    shelf.female.contains(name) || shelf.male.contains(name),
                    "{culture:?}: `{name}` is not a given name of the list"
                );
            }
        }
    }

    #[test]
    fn decomposing_keeps_other_letters() {
        assert_eq!(decompose("Łukasz Núñez"), "Łukasz Nu\u{301}ñez");
    }
}
