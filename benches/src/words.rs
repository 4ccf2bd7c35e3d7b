//! Syllables and lists that the workload is made of.

pub(crate) const FIRST_START: [&str; 40] = [
    "Al", "An", "Be", "Ben", "Ca", "Car", "Chris", "Da", "Dan", "El", "Em", "Er", "Fa", "Fel", "Fre", "Ga",
    "Ge", "Han", "He", "In", "Jo", "Ju", "Ka", "Kon", "La", "Leo", "Lu", "Ma", "Mar", "Mi", "Na", "Nor",
    "Ol", "Pa", "Pe", "Ra", "Ro", "Sa", "Ste", "To",
];
pub(crate) const FIRST_END: [&str; 25] = [
    "na", "no", "nia", "nus", "la", "las", "lio", "ria", "rio", "ra", "ren", "ta", "tin", "tina", "da",
    "dra", "do", "ka", "ko", "mas", "mir", "se", "sia", "vin", "ya",
];
pub(crate) const NICK_END: [&str; 5] = ["i", "y", "o", "s", "ie"];
pub(crate) const LAST_START: [&str; 100] = [
    "Ab", "Ad", "Al", "An", "Ar", "Ba", "Bar", "Be", "Ber", "Bo", "Bor", "Bra", "Bru", "Bu", "Ca", "Car",
    "Ce", "Cha", "Co", "Cor", "Cra", "Da", "De", "Di", "Do", "Du", "Eb", "Ed", "El", "En", "Er", "Fa", "Fer",
    "Fi", "Fo", "Fra", "Fu", "Ga", "Gar", "Ge", "Go", "Gra", "Gu", "Ha", "Har", "He", "Her", "Ho", "Hu",
    "Ib", "Il", "Ja", "Je", "Jo", "Ju", "Ka", "Ke", "Ki", "Ko", "Kra", "Ku", "La", "Lan", "Le", "Li", "Lo",
    "Lu", "Ma", "Mar", "Me", "Mer", "Mi", "Mo", "Mu", "Na", "Ne", "No", "Ob", "Or", "Pa", "Pe", "Pi", "Po",
    "Ra", "Re", "Ri", "Ro", "Ru", "Sa", "Sal", "Sche", "Se", "Si", "So", "Sta", "Ta", "Te", "To", "Va", "We",
];
pub(crate) const LAST_MIDDLE: [&str; 20] = [
    "", "ba", "ca", "cke", "de", "do", "ga", "ge", "ka", "la", "le", "li", "ma", "ne", "ni", "ra", "re",
    "sa", "ti", "va",
];
pub(crate) const LAST_END: [&str; 20] = [
    "bach", "berg", "da", "dez", "er", "ez", "feld", "ini", "ka", "ler", "man", "mann", "ner", "nsen", "ov",
    "rez", "ric", "sen", "ski", "son",
];
pub(crate) const CITY_END: [&str; 3] = ["ville", "stadt", "borough"];
/// Letters and what they are with a mark.
pub(crate) const ACCENTED: [(char, &str); 11] = [
    ('a', "áàâäåãăą"),
    ('e', "éèêëěę"),
    ('i', "íîï"),
    ('o', "óòôõöő"),
    ('u', "úûüůű"),
    ('c', "çčć"),
    ('n', "ñńň"),
    ('s', "šśş"),
    ('z', "žżź"),
    ('r', "ř"),
    ('y', "ý"),
];
pub(crate) const TITLES: [&str; 20] = [
    "Analyst",
    "Senior Analyst",
    "Software Engineer",
    "Senior Software Engineer",
    "Account Manager",
    "Buyer",
    "Controller",
    "Technician",
    "Field Technician",
    "HR Partner",
    "Nurse",
    "Operator",
    "Planner",
    "Project Manager",
    "Quality Inspector",
    "Researcher",
    "Sales Representative",
    "Support Specialist",
    "Team Lead",
    "Warehouse Clerk",
];
pub(crate) const DEPARTMENTS: [&str; 20] = [
    "Finance",
    "Logistics",
    "Research & Development",
    "Human Resources",
    "IT Operations",
    "Sales EMEA",
    "Sales Americas",
    "Procurement",
    "Manufacturing",
    "Quality",
    "Legal",
    "Marketing",
    "Customer Care",
    "Facilities",
    "Treasury",
    "Internal Audit",
    "Data Platform",
    "Security",
    "Product",
    "Supply Chain",
];
/// Countries and their regions.
pub(crate) const COUNTRIES: [(&str, &str); 40] = [
    ("DE", "DACH"),
    ("AT", "DACH"),
    ("CH", "DACH"),
    ("FR", "WEU"),
    ("IT", "WEU"),
    ("ES", "WEU"),
    ("PT", "WEU"),
    ("NL", "WEU"),
    ("BE", "WEU"),
    ("LU", "WEU"),
    ("SE", "NORD"),
    ("NO", "NORD"),
    ("DK", "NORD"),
    ("FI", "NORD"),
    ("IS", "NORD"),
    ("IE", "UKI"),
    ("GB", "UKI"),
    ("PL", "CEE"),
    ("CZ", "CEE"),
    ("SK", "CEE"),
    ("HU", "CEE"),
    ("RO", "CEE"),
    ("BG", "CEE"),
    ("GR", "CEE"),
    ("TR", "MEA"),
    ("ZA", "MEA"),
    ("US", "NAM"),
    ("CA", "NAM"),
    ("MX", "LATAM"),
    ("BR", "LATAM"),
    ("AR", "LATAM"),
    ("CL", "LATAM"),
    ("CO", "LATAM"),
    ("JP", "APAC"),
    ("CN", "APAC"),
    ("KR", "APAC"),
    ("IN", "APAC"),
    ("SG", "APAC"),
    ("AU", "APAC"),
    ("NZ", "APAC"),
];
/// The first [`COMPANIES_IN_SCOPE`] are in scope.
pub(crate) const COMPANIES: [&str; 12] = [
    "Northwind Holding AG",
    "Northwind GmbH",
    "Contoso Ltd",
    "Contoso France SAS",
    "Fabrikam Inc",
    "Fabrikam Iberia SL",
    "Adatum BV",
    "Adatum Nordics AB",
    "Tailspin KK",
    "Wingtip Pty Ltd",
    "Litware Ventures",
    "Proseware JV",
];
pub(crate) const COMPANIES_IN_SCOPE: usize = 10;
pub(crate) const EMPLOYEE_TYPES: [&str; 4] = ["Employee", "Temp", "Contractor", "Intern"];
