//! What work is there? Twelve departments, their teams, where each team sits and what its people are called.

/// A department.
pub(super) struct Department {
    /// How many of a thousand workers are in it.
    pub(super) weight: u32,
    /// How many people a team has on average.
    pub(super) team_size: usize,
    /// The two digits that begin its id and its cost centres.
    pub(super) number: u32,
    pub(super) name: &'static str,
    pub(super) head: &'static str,
    pub(super) ladder: Ladder,
    /// How many of a thousand people work at the home of their team; the others work anywhere.
    pub(super) at_home_permille: u32,
    /// How many of a thousand people have neither desk nor telephone.
    pub(super) no_desk_permille: u32,
    pub(super) topics: &'static [Topic],
}

/// How titles grow with experience.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ladder {
    /// Plain and senior.
    Short,
    /// Junior, plain, senior, principal.
    Long,
}

/// What a team does.
pub(super) struct Topic {
    pub(super) name: &'static str,
    /// The code of the site where most of the team works.
    pub(super) home: &'static str,
    pub(super) titles: &'static [&'static str],
}

const fn topic(name: &'static str, home: &'static str, titles: &'static [&'static str]) -> Topic {
    Topic { name, home, titles }
}

/// All departments.
pub(super) const DEPARTMENTS: [Department; 12] = [
    Department {
        weight: 190,
        team_size: 30,
        number: 41,
        name: "Manufacturing",
        head: "Chief Operating Officer",
        ladder: Ladder::Short,
        at_home_permille: 960,
        no_desk_permille: 300,
        topics: &[
            topic("Assembly Brno", "BRQ", &["Assembly Technician", "Assembly Operator", "Shift Planner"]),
            topic("Machining Köln", "CGN", &["CNC Machinist", "Tool Setter", "Machining Technician"]),
            topic("Assembly Katowice", "KTW", &["Assembly Technician", "Assembly Operator", "Line Operator"]),
            topic("Machining Győr", "GYR", &["CNC Machinist", "Tool Setter", "Machining Technician"]),
            topic("Coating Bursa", "BTZ", &["Coating Operator", "Process Technician", "Coating Specialist"]),
            topic("Calibration Pune", "PNQ", &["Calibration Technician", "Metrology Technician"]),
            topic(
                "Quality Suzhou",
                "SZV",
                &["Quality Inspector", "Quality Engineer", "Laboratory Technician"],
            ),
            topic("Packaging Curitiba", "CWB", &["Packaging Operator", "Line Operator"]),
            topic(
                "Maintenance Köln",
                "CGN",
                &["Maintenance Technician", "Electrician", "Industrial Mechanic"],
            ),
        ],
    },
    Department {
        weight: 160,
        team_size: 25,
        number: 42,
        name: "Engineering",
        head: "Chief Technology Officer",
        ladder: Ladder::Long,
        at_home_permille: 520,
        no_desk_permille: 10,
        topics: &[
            topic("Embedded Software", "BER", &["Firmware Engineer", "Embedded Software Engineer"]),
            topic("Mechanical Design", "MUC", &["Mechanical Engineer", "Design Engineer", "CAD Designer"]),
            topic("Electronics", "WRO", &["Electronics Engineer", "Hardware Engineer", "PCB Designer"]),
            topic("Cloud Platform", "DUB", &["Software Engineer", "Site Reliability Engineer"]),
            topic("Mobile Apps", "BLR", &["Android Developer", "iOS Developer", "Software Engineer"]),
            topic("Test & Validation", "PRG", &["Test Engineer", "Test Automation Engineer"]),
            topic("Systems Engineering", "BOS", &["Systems Engineer", "Requirements Engineer"]),
            topic("Industrial Design", "MIL", &["Industrial Designer", "Interaction Designer"]),
        ],
    },
    Department {
        weight: 120,
        team_size: 21,
        number: 43,
        name: "Sales",
        head: "Chief Sales Officer",
        ladder: Ladder::Short,
        at_home_permille: 480,
        no_desk_permille: 20,
        topics: &[
            topic("Sales DACH", "FRA", &["Account Manager", "Key Account Manager", "Sales Representative"]),
            topic("Sales UK & Ireland", "LON", &["Account Manager", "Account Executive"]),
            topic("Sales France & Benelux", "PAR", &["Account Manager", "Sales Engineer"]),
            topic("Sales Iberia", "MAD", &["Account Manager", "Sales Representative"]),
            topic("Sales North America", "CHI", &["Account Executive", "Account Executive, Mid-Market"]),
            topic("Sales Asia-Pacific", "TYO", &["Account Manager", "Sales Engineer"]),
            topic("Sales Middle East", "DXB", &["Account Manager", "Key Account Manager"]),
            topic("Sales Latin America", "SAO", &["Account Manager", "Sales Representative"]),
        ],
    },
    Department {
        weight: 110,
        team_size: 23,
        number: 44,
        name: "Customer Support",
        head: "Vice President, Customer Support",
        ladder: Ladder::Short,
        at_home_permille: 560,
        no_desk_permille: 20,
        topics: &[
            topic("Support Desk Europe", "ORK", &["Support Specialist", "Customer Support Agent"]),
            topic("Support Desk Asia", "DAD", &["Support Specialist", "Customer Support Agent"]),
            topic("Support Desk Americas", "AUS", &["Support Specialist", "Customer Support Agent"]),
            topic("Field Service", "HAM", &["Field Service Technician", "Service Engineer"]),
            topic("Spare Parts", "EIN", &["Spare Parts Coordinator", "Returns Coordinator"]),
            topic("Customer Training", "GLA", &["Trainer", "Documentation Writer"]),
        ],
    },
    Department {
        weight: 90,
        team_size: 19,
        number: 45,
        name: "Logistics",
        head: "Vice President, Logistics",
        ladder: Ladder::Short,
        at_home_permille: 880,
        no_desk_permille: 220,
        topics: &[
            topic(
                "Warehouse Rotterdam",
                "RTM",
                &["Warehouse Operator", "Forklift Driver", "Stock Controller"],
            ),
            topic("Warehouse Łódź", "LCJ", &["Warehouse Operator", "Order Picker", "Stock Controller"]),
            topic("Warehouse València", "VLC", &["Warehouse Operator", "Order Picker"]),
            topic("Distribution Surabaya", "SUB", &["Distribution Planner", "Warehouse Operator"]),
            topic("Transport Planning", "HAM", &["Transport Planner", "Freight Coordinator"]),
            topic("Customs & Trade", "IST", &["Customs Specialist", "Trade Compliance Analyst"]),
        ],
    },
    Department {
        weight: 90,
        team_size: 16,
        number: 46,
        name: "Information Technology",
        head: "Chief Information Officer",
        ladder: Ladder::Long,
        at_home_permille: 500,
        no_desk_permille: 10,
        topics: &[
            topic("Service Desk", "CLJ", &["Service Desk Analyst", "Workplace Technician"]),
            topic("Business Applications", "BUD", &["Application Consultant", "Business Analyst"]),
            topic("Network & Data Centre", "FRA", &["Network Engineer", "Systems Administrator"]),
            topic("Identity & Access", "REK", &["Identity Engineer", "Directory Administrator"]),
            topic("Zero Trust", "AMS", &["Security Engineer", "Security Analyst"]),
            topic("Data & Analytics", "SOF", &["Data Engineer", "Data Analyst"]),
            topic("Collaboration Tools", "KRK", &["Systems Administrator", "Workplace Engineer"]),
        ],
    },
    Department {
        weight: 70,
        team_size: 17,
        number: 47,
        name: "Research & Development",
        head: "Chief Scientist",
        ladder: Ladder::Long,
        at_home_permille: 620,
        no_desk_permille: 10,
        topics: &[
            topic("Sensor Physics", "MUC", &["Research Scientist", "Physicist", "Research Engineer"]),
            topic(
                "Materials Laboratory",
                "LYS",
                &["Materials Scientist", "Laboratory Technician", "Chemist"],
            ),
            topic("Machine Learning", "TLS", &["Machine Learning Engineer", "Data Scientist"]),
            topic("Optics", "OSA", &["Optical Engineer", "Research Scientist"]),
            topic("Project Polaris", "STO", &["Research Engineer", "Project Manager \"Polaris\""]),
        ],
    },
    Department {
        weight: 50,
        team_size: 16,
        number: 48,
        name: "Finance",
        head: "Chief Financial Officer",
        ladder: Ladder::Long,
        at_home_permille: 640,
        no_desk_permille: 10,
        topics: &[
            topic(
                "Accounting",
                "KRK",
                &["Accountant", "Accounts Payable Clerk", "Accounts Receivable Clerk"],
            ),
            topic("Controlling", "BER", &["Financial Controller", "Financial Analyst"]),
            topic("Payroll", "BUD", &["Payroll Specialist", "Payroll Clerk"]),
            topic("Treasury & Tax", "DUB", &["Treasury Analyst", "Tax Specialist"]),
        ],
    },
    Department {
        weight: 40,
        team_size: 16,
        number: 49,
        name: "Marketing",
        head: "Chief Marketing Officer",
        ladder: Ladder::Long,
        at_home_permille: 560,
        no_desk_permille: 20,
        topics: &[
            topic("Product Marketing", "BER", &["Product Marketing Manager", "Product Manager"]),
            topic("Digital Marketing", "LIS", &["Digital Marketing Specialist", "Content Editor"]),
            topic("Brand & Events", "ATH", &["Graphic Designer", "Event Manager", "Copywriter"]),
        ],
    },
    Department {
        weight: 30,
        team_size: 12,
        number: 50,
        name: "Procurement",
        head: "Chief Procurement Officer",
        ladder: Ladder::Short,
        at_home_permille: 540,
        no_desk_permille: 10,
        topics: &[
            topic("Direct Materials", "BRQ", &["Buyer", "Category Manager", "Purchasing Clerk"]),
            topic("Indirect Spend", "TRN", &["Buyer", "Category Manager"]),
            topic("Supplier Quality", "SHA", &["Supplier Quality Engineer", "Supplier Auditor"]),
        ],
    },
    Department {
        weight: 30,
        team_size: 12,
        number: 51,
        name: "Human Resources",
        head: "Chief People Officer",
        ladder: Ladder::Short,
        at_home_permille: 480,
        no_desk_permille: 10,
        topics: &[
            topic("People Services", "OPO", &["HR Advisor", "HR Administrator", "HR Business Partner"]),
            topic("Talent Acquisition", "BER", &["Recruiter", "Sourcing Specialist"]),
            topic("Learning & Development", "GOT", &["Learning Designer", "Training Coordinator"]),
        ],
    },
    Department {
        weight: 20,
        team_size: 9,
        number: 52,
        name: "Corporate Affairs",
        head: "General Counsel",
        ladder: Ladder::Long,
        at_home_permille: 700,
        no_desk_permille: 10,
        topics: &[
            topic("Legal & Compliance", "BER", &["Legal Counsel", "Compliance Officer", "Paralegal"]),
            topic("Executive Office", "BER", &["Executive Assistant", "Strategy Analyst"]),
            topic("Sustainability", "STO", &["Sustainability Analyst", "Environmental Specialist"]),
        ],
    },
];
