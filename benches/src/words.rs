//! Syllables and lists that the workload is made of.

pub(crate) const FIRST_START: [&str; 40] = [
    "Al", "An", "Be", "Ben", "Ca", "Car", "Chris", "Da", "Dan", "El", "Em", "Er", "Fa", "Fel", "Fre", "Ga", "Ge", "Han",
    "He", "In", "Jo", "Ju", "Ka", "Kon", "La", "Leo", "Lu", "Ma", "Mar", "Mi", "Na", "Nor", "Ol", "Pa", "Pe", "Ra",
    "Ro", "Sa", "Ste", "To",
];
pub(crate) const FIRST_END: [&str; 25] = [
    "na", "no", "nia", "nus", "la", "las", "lio", "ria", "rio", "ra", "ren", "ta", "tin", "tina", "da", "dra", "do",
    "ka", "ko", "mas", "mir", "se", "sia", "vin", "ya",
];
pub(crate) const LAST_START: [&str; 40] = [
    "Ab", "Bar", "Ber", "Bor", "Bra", "Car", "Cha", "Cor", "Da", "Di", "Eb", "En", "Fer", "Fra", "Gar", "Gra", "Har",
    "Her", "Ib", "Jo", "Ka", "Ko", "Kra", "Lan", "Li", "Mar", "Mer", "Mo", "Na", "Ob", "Pa", "Pe", "Ra", "Ri", "Sal",
    "Sche", "Sta", "Ta", "Va", "We",
];
pub(crate) const LAST_MIDDLE: [&str; 12] = ["", "ba", "cke", "de", "ga", "ka", "le", "ma", "ne", "ra", "sa", "ti"];
pub(crate) const LAST_END: [&str; 16] = [
    "bach", "berg", "dez", "er", "feld", "ini", "ler", "mann", "nsen", "ov", "rez", "ric", "sen", "ski", "son", "ez",
];
pub(crate) const ACCENTED: [(char, char); 8] =
    [('a', 'ä'), ('e', 'é'), ('i', 'í'), ('o', 'ö'), ('u', 'ü'), ('c', 'č'), ('n', 'ñ'), ('s', 'š')];
pub(crate) const TITLES: [&str; 20] = [
    "Analyst", "Senior Analyst", "Software Engineer", "Senior Software Engineer", "Account Manager", "Buyer",
    "Controller", "Technician", "Field Technician", "HR Partner", "Nurse", "Operator", "Planner", "Project Manager",
    "Quality Inspector", "Researcher", "Sales Representative", "Support Specialist", "Team Lead", "Warehouse Clerk",
];
pub(crate) const DEPARTMENTS: [&str; 20] = [
    "Finance", "Logistics", "Research & Development", "Human Resources", "IT Operations", "Sales EMEA",
    "Sales Americas", "Procurement", "Manufacturing", "Quality", "Legal", "Marketing", "Customer Care", "Facilities",
    "Treasury", "Internal Audit", "Data Platform", "Security", "Product", "Supply Chain",
];
pub(crate) const COUNTRIES: [(&str, &str); 40] = [
    ("DE", "DACH"), ("AT", "DACH"), ("CH", "DACH"), ("FR", "WEU"), ("IT", "WEU"), ("ES", "WEU"), ("PT", "WEU"),
    ("NL", "WEU"), ("BE", "WEU"), ("LU", "WEU"), ("SE", "NORD"), ("NO", "NORD"), ("DK", "NORD"), ("FI", "NORD"),
    ("IS", "NORD"), ("IE", "UKI"), ("GB", "UKI"), ("PL", "CEE"), ("CZ", "CEE"), ("SK", "CEE"), ("HU", "CEE"),
    ("RO", "CEE"), ("BG", "CEE"), ("GR", "CEE"), ("TR", "MEA"), ("ZA", "MEA"), ("US", "NAM"), ("CA", "NAM"),
    ("MX", "LATAM"), ("BR", "LATAM"), ("AR", "LATAM"), ("CL", "LATAM"), ("CO", "LATAM"), ("JP", "APAC"),
    ("CN", "APAC"), ("KR", "APAC"), ("IN", "APAC"), ("SG", "APAC"), ("AU", "APAC"), ("NZ", "APAC"),
];
/// The first ten are in scope.
pub(crate) const COMPANIES: [&str; 12] = [
    "Northwind Holding AG", "Northwind GmbH", "Contoso Ltd", "Contoso France SAS", "Fabrikam Inc", "Fabrikam Iberia SL",
    "Adatum BV", "Adatum Nordics AB", "Tailspin KK", "Wingtip Pty Ltd", "Litware Ventures", "Proseware JV",
];
