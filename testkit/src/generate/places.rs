//! Where do people work? Countries, sites, telephone ranges, and who lives there.
//!
//! Telephone numbers come from the ranges that regulators keep for drama where there is one (Germany, France,
//! the United Kingdom, Ireland, Sweden, North America), else from made-up `555` blocks.
//! In a pattern `#` is any digit and `N` a digit other than zero.

use super::names::Culture;
use super::names::Culture::*;

/// A country with the company that employs people there.
pub(super) struct Country {
    pub(super) code: &'static str,
    pub(super) company: &'static str,
    pub(super) mobile: &'static str,
    /// Who lives there, with weights.
    pub(super) cultures: &'static [(u32, Culture)],
    pub(super) sites: &'static [Site],
}

/// A place of work.
pub(super) struct Site {
    /// How many of a thousand workers who may work anywhere work here.
    pub(super) weight: u32,
    pub(super) city: &'static str,
    /// Three letters, unique.
    pub(super) code: &'static str,
    pub(super) buildings: u32,
    pub(super) phone: &'static str,
}

/// Where the group has its head office.
pub(super) const HEAD_OFFICE: &str = "BER";

const fn site(
    weight: u32,
    city: &'static str,
    code: &'static str,
    buildings: u32,
    phone: &'static str,
) -> Site {
    Site { weight, city, code, buildings, phone }
}

/// All countries.
pub(super) const COUNTRIES: [Country; 25] = [
    Country {
        code: "DE",
        company: "Nordhalm GmbH & Co. KG",
        mobile: "+49 171 39200 ##",
        cultures: &[
            (72, German),
            (8, Turkish),
            (4, Polish),
            (3, Arabic),
            (3, Ukrainian),
            (2, Italian),
            (2, Greek),
            (2, Vietnamese),
            (2, Romanian),
            (1, Indian),
            (1, English),
        ],
        sites: &[
            site(80, "Berlin", "BER", 4, "+49 30 23125 ###"),
            site(35, "Hamburg", "HAM", 2, "+49 40 66969 ###"),
            site(45, "München", "MUC", 3, "+49 89 99998 ###"),
            site(25, "Köln", "CGN", 3, "+49 221 4710 ###"),
            site(30, "Frankfurt am Main", "FRA", 2, "+49 69 90009 ###"),
        ],
    },
    Country {
        code: "PL",
        company: "Nordhalm Polska Sp. z o.o.",
        mobile: "+48 555 0## ###",
        cultures: &[(88, Polish), (8, Ukrainian), (2, Vietnamese), (2, German)],
        sites: &[
            site(25, "Katowice", "KTW", 2, "+48 32 555 ## ##"),
            site(30, "Kraków", "KRK", 2, "+48 12 555 ## ##"),
            site(25, "Wrocław", "WRO", 2, "+48 71 555 ## ##"),
            site(10, "Łódź", "LCJ", 1, "+48 42 555 ## ##"),
        ],
    },
    Country {
        code: "CZ",
        company: "Nordhalm Česko s.r.o.",
        mobile: "+420 700 555 ###",
        cultures: &[(88, Czech), (5, Vietnamese), (4, Ukrainian), (3, Polish)],
        sites: &[
            site(35, "Praha", "PRG", 2, "+420 255 555 ###"),
            site(25, "Brno", "BRQ", 3, "+420 545 555 ###"),
        ],
    },
    Country {
        code: "GB",
        company: "Nordhalm UK Ltd",
        mobile: "+44 7700 900###",
        cultures: &[
            (68, English),
            (8, Indian),
            (6, Irish),
            (5, Polish),
            (4, Arabic),
            (3, Chinese),
            (3, Romanian),
            (2, Turkish),
            (1, Portuguese),
        ],
        sites: &[
            site(35, "London", "LON", 2, "+44 20 7946 0###"),
            site(15, "Manchester", "MAN", 1, "+44 161 496 0###"),
            site(15, "Glasgow", "GLA", 1, "+44 141 496 0###"),
        ],
    },
    Country {
        code: "IE",
        company: "Nordhalm Ireland Ltd",
        mobile: "+353 20 917 ####",
        cultures: &[(78, Irish), (10, English), (6, Polish), (4, Portuguese), (2, Indian)],
        sites: &[
            site(30, "Dublin", "DUB", 2, "+353 20 910 ####"),
            site(20, "Cork", "ORK", 1, "+353 20 911 ####"),
        ],
    },
    Country {
        code: "FR",
        company: "Nordhalm France SAS",
        mobile: "+33 6 39 98 ## ##",
        cultures: &[(80, French), (12, Arabic), (3, Portuguese), (3, Vietnamese), (2, Italian)],
        sites: &[
            site(35, "Paris", "PAR", 2, "+33 1 99 00 ## ##"),
            site(20, "Lyon", "LYS", 2, "+33 4 65 71 ## ##"),
            site(15, "Toulouse", "TLS", 1, "+33 5 36 49 ## ##"),
        ],
    },
    Country {
        code: "ES",
        company: "Nordhalm Ibérica, S.L.",
        mobile: "+34 700 55 5# ##",
        cultures: &[(92, Spanish), (4, Romanian), (2, Arabic), (2, Bulgarian)],
        sites: &[
            site(30, "Madrid", "MAD", 2, "+34 915 55 0# ##"),
            site(15, "València", "VLC", 1, "+34 960 55 5# ##"),
            site(10, "Málaga", "AGP", 1, "+34 951 55 5# ##"),
        ],
    },
    Country {
        code: "PT",
        company: "Nordhalm Portugal, Lda.",
        mobile: "+351 900 555 ###",
        cultures: &[(96, Portuguese), (4, Ukrainian)],
        sites: &[
            site(20, "Lisboa", "LIS", 1, "+351 21 555 0###"),
            site(15, "Porto", "OPO", 1, "+351 22 555 0###"),
        ],
    },
    Country {
        code: "NL",
        company: "Nordhalm Nederland B.V.",
        mobile: "+31 6 0055 0###",
        cultures: &[(80, Dutch), (7, Turkish), (6, Arabic), (4, Indonesian), (3, Polish)],
        sites: &[
            site(25, "Amsterdam", "AMS", 2, "+31 20 555 0###"),
            site(15, "Rotterdam", "RTM", 2, "+31 10 555 0###"),
            site(15, "Eindhoven", "EIN", 1, "+31 40 555 0###"),
        ],
    },
    Country {
        code: "IT",
        company: "Nordhalm Italia S.r.l.",
        mobile: "+39 310 555 0###",
        cultures: &[(93, Italian), (4, Romanian), (3, Arabic)],
        sites: &[
            site(20, "Milano", "MIL", 1, "+39 02 5550 ####"),
            site(15, "Torino", "TRN", 1, "+39 011 555 0###"),
        ],
    },
    Country {
        code: "SE",
        company: "Nordhalm Norden AB",
        mobile: "+46 70 174 06 N#",
        cultures: &[(90, Scandinavian), (6, Arabic), (4, Polish)],
        sites: &[
            site(20, "Stockholm", "STO", 1, "+46 8 465 004 ##"),
            site(12, "Göteborg", "GOT", 1, "+46 31 390 06 ##"),
        ],
    },
    Country {
        code: "IS",
        company: "Nordhalm Ísland ehf.",
        mobile: "+354 600 0###",
        cultures: &[(94, Icelandic), (6, Polish)],
        sites: &[site(12, "Reykjavík", "REK", 1, "+354 555 0###")],
    },
    Country {
        code: "TR",
        company: "Nordhalm Türkiye A.Ş.",
        mobile: "+90 500 555 0# ##",
        cultures: &[(97, Turkish), (3, Arabic)],
        sites: &[
            site(25, "İstanbul", "IST", 2, "+90 212 555 0# ##"),
            site(12, "İzmir", "ADB", 1, "+90 232 555 0# ##"),
            site(8, "Bursa", "BTZ", 2, "+90 224 555 0# ##"),
        ],
    },
    Country {
        code: "HU",
        company: "Nordhalm Magyarország Kft.",
        mobile: "+36 55 555 0##",
        cultures: &[(96, Hungarian), (4, Romanian)],
        sites: &[
            site(25, "Budapest", "BUD", 2, "+36 1 555 0###"),
            site(10, "Győr", "GYR", 1, "+36 96 555 0##"),
        ],
    },
    Country {
        code: "GR",
        company: "Nordhalm Hellas M.E.P.E.",
        mobile: "+30 690 555 0###",
        cultures: &[(80, Greek), (18, GreekScript), (2, Bulgarian)],
        sites: &[
            site(18, "Athens", "ATH", 1, "+30 21 0555 0###"),
            site(8, "Thessaloniki", "SKG", 1, "+30 231 055 5###"),
        ],
    },
    Country {
        code: "BG",
        company: "Nordhalm Bulgaria EOOD",
        mobile: "+359 80 555 0###",
        cultures: &[(76, Bulgarian), (18, BulgarianScript), (6, Turkish)],
        sites: &[site(22, "Sofia", "SOF", 1, "+359 2 555 0###")],
    },
    Country {
        code: "RO",
        company: "Nordhalm România S.R.L.",
        mobile: "+40 700 555 0##",
        cultures: &[(92, Romanian), (8, Hungarian)],
        sites: &[
            site(12, "București", "BUH", 1, "+40 21 555 0###"),
            site(15, "Cluj-Napoca", "CLJ", 1, "+40 264 555 0##"),
        ],
    },
    Country {
        code: "US",
        company: "Nordhalm, Inc.",
        mobile: "+1 857 555 01##",
        cultures: &[
            (52, English),
            (12, Spanish),
            (7, Indian),
            (6, Chinese),
            (5, Irish),
            (4, Vietnamese),
            (4, Italian),
            (3, German),
            (3, Polish),
            (2, Arabic),
            (2, Japanese),
        ],
        sites: &[
            site(35, "Boston", "BOS", 2, "+1 617 555 01##"),
            site(25, "Austin", "AUS", 1, "+1 512 555 01##"),
            site(25, "Chicago", "CHI", 1, "+1 312 555 01##"),
        ],
    },
    Country {
        code: "BR",
        company: "Nordhalm do Brasil Ltda.",
        mobile: "+55 11 95555 0###",
        cultures: &[(84, Portuguese), (8, Italian), (5, Japanese), (3, German)],
        sites: &[
            site(15, "São Paulo", "SAO", 1, "+55 11 5555 0###"),
            site(10, "Curitiba", "CWB", 1, "+55 41 5555 0###"),
        ],
    },
    Country {
        code: "IN",
        company: "Nordhalm India Pvt. Ltd.",
        mobile: "+91 55500 0####",
        cultures: &[(100, Indian)],
        sites: &[
            site(30, "Bengaluru", "BLR", 2, "+91 80 5550 0###"),
            site(15, "Pune", "PNQ", 2, "+91 20 5550 0###"),
        ],
    },
    Country {
        code: "VN",
        company: "Nordhalm Vietnam Co., Ltd.",
        mobile: "+84 50 555 0###",
        cultures: &[(100, Vietnamese)],
        sites: &[
            site(10, "Hà Nội", "HAN", 1, "+84 24 5550 0###"),
            site(18, "Đà Nẵng", "DAD", 1, "+84 236 555 0###"),
        ],
    },
    Country {
        code: "ID",
        company: "PT Nordhalm Indonesia",
        mobile: "+62 800 555 0###",
        cultures: &[(94, Indonesian), (6, Chinese)],
        sites: &[
            site(12, "Jakarta", "JKT", 1, "+62 21 555 0###"),
            site(10, "Surabaya", "SUB", 1, "+62 31 555 0###"),
        ],
    },
    Country {
        code: "JP",
        company: "Nordhalm Japan K.K.",
        mobile: "+81 90 0055 0###",
        cultures: &[(84, Japanese), (14, JapaneseScript), (2, Chinese)],
        sites: &[
            site(16, "Tokyo", "TYO", 1, "+81 3 5550 0###"),
            site(8, "Osaka", "OSA", 1, "+81 6 5550 0###"),
        ],
    },
    Country {
        code: "CN",
        company: "Nordhalm (Suzhou) Co., Ltd.",
        mobile: "+86 100 5550 0###",
        cultures: &[(86, Chinese), (14, ChineseScript)],
        sites: &[
            site(18, "Shanghai", "SHA", 1, "+86 21 5550 0###"),
            site(12, "Suzhou", "SZV", 2, "+86 512 5550 0###"),
        ],
    },
    Country {
        code: "AE",
        company: "Nordhalm Gulf FZ-LLC",
        mobile: "+971 59 555 0###",
        cultures: &[(58, Arabic), (12, ArabicScript), (20, Indian), (6, English), (4, French)],
        sites: &[site(20, "Dubai", "DXB", 1, "+971 4 555 0###")],
    },
];
