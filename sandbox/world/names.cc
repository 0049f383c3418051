#include "sandbox/world/names.h"

#include <array>

namespace muster::sandbox::world {
namespace {

constexpr auto kGivenNames = std::to_array<Name>({
    {"Mia", "mia"},
    {"Noah", "noah"},
    {"Åse", "ase"},
    {"Jakob", "jakob"},
    {"Ingrid", "ingrid"},
    {"Łukasz", "lukasz"},
    {"Zoë", "zoe"},
    {"Björn", "bjorn"},
    {"Siobhán", "siobhan"},
    {"José", "jose"},
    {"François", "francois"},
    {"Nguyễn", "nguyen"},
    {"Aoife", "aoife"},
    {"Priya", "priya"},
    {"Rahul", "rahul"},
    {"Chloé", "chloe"},
    {"Emma", "emma"},
    {"Liam", "liam"},
    {"Olivia", "olivia"},
    {"Ava", "ava"},
    {"Sophia", "sophia"},
    {"Lucas", "lucas"},
    {"Mateo", "mateo"},
    {"Elena", "elena"},
    {"Dmitri", "dmitri"},
    {"Анна", "anna"},
    {"Иван", "ivan"},
    {"محمد", "mohammed"},
    {"فاطمة", "fatima"},
    {"דנה", "dana"},
    {"יוסף", "yosef"},
    {"小明", "xiaoming"},
    {"美咲", "misaki"},
    {"健", "ken"},
    {"지우", "jiwoo"},
    {"Ayşe", "ayse"},
    {"Mehmet", "mehmet"},
    {"Kwame", "kwame"},
    {"Amara", "amara"},
    {"Tariq", "tariq"},
    {"Sven", "sven"},
    {"Greta", "greta"},
    {"Hans-Peter", "hanspeter"},
    {"Marie-Claire", "marieclaire"},
    {"Jean", "jean"},
    {"Carlos", "carlos"},
    {"Lucía", "lucia"},
    {"Giulia", "giulia"},
    {"Marco", "marco"},
    {"Petra", "petra"},
    {"Tomáš", "tomas"},
    {"Katarína", "katarina"},
    {"Ágnes", "agnes"},
    {"Ștefan", "stefan"},
    {"Γιώργος", "giorgos"},
    {"Ελένη", "eleni"},
    {"Oskar", "oskar"},
    {"Linnéa", "linnea"},
    {"Freya", "freya"},
    {"Magnus", "magnus"},
    {"Rowan", "rowan"},
    {"Quinn", "quinn"},
    {"𝒜lex", "alex"},
    {"Robin 🦊", "robin"},
});

constexpr auto kSurnames = std::to_array<Name>({
    {"Solberg", "solberg"},
    {"Lunde", "lunde"},
    {"O'Brien", "obrien"},
    {"Müller", "mueller"},
    {"Schröder", "schroeder"},
    {"García", "garcia"},
    {"Nowak", "nowak"},
    {"Kowalski", "kowalski"},
    {"Smith", "smith"},
    {"Johnson", "johnson"},
    {"Williams", "williams"},
    {"Brown", "brown"},
    {"Jones", "jones"},
    {"Davis", "davis"},
    {"Martínez", "martinez"},
    {"Hernández", "hernandez"},
    {"Lopez", "lopez"},
    {"Wilson", "wilson"},
    {"Anderson", "anderson"},
    {"Thomas", "thomas"},
    {"Taylor", "taylor"},
    {"Moore", "moore"},
    {"Jackson", "jackson"},
    {"Martin", "martin"},
    {"Lee", "lee"},
    {"Thompson", "thompson"},
    {"White", "white"},
    {"van der Berg", "vanderberg"},
    {"de la Cruz", "delacruz"},
    {"St. John", "stjohn"},
    {"Ng", "ng"},
    {"Ó Súilleabháin", "osuilleabhain"},
    {"Hansen", "hansen"},
    {"Johansen", "johansen"},
    {"Olsen", "olsen"},
    {"Larsen", "larsen"},
    {"Andersen", "andersen"},
    {"Pedersen", "pedersen"},
    {"Nilsen", "nilsen"},
    {"Kristiansen", "kristiansen"},
    {"Jensen", "jensen"},
    {"Karlsen", "karlsen"},
    {"Berg", "berg"},
    {"Haugen", "haugen"},
    {"Hagen", "hagen"},
    {"Иванова", "ivanova"},
    {"Петров", "petrov"},
    {"الأحمد", "alahmad"},
    {"حسن", "hassan"},
    {"כהן", "cohen"},
    {"לוי", "levi"},
    {"王", "wang"},
    {"佐藤", "sato"},
    {"𠮷野", "yoshino"},
    {"김", "kim"},
    {"Yılmaz", "yilmaz"},
    {"Öztürk", "oeztuerk"},
    {"Mensah", "mensah"},
    {"Okonkwo", "okonkwo"},
    {"Patel", "patel"},
    {"Sharma", "sharma"},
    {"Novák", "novak"},
    {"Szabó", "szabo"},
    {"Παπαδόπουλος", "papadopoulos"},
    {"Rossi", "rossi"},
    {"Ferrari", "ferrari"},
    {"Dubois", "dubois"},
    {"Lefèvre", "lefevre"},
    {"Moreau", "moreau"},
    {"Sørensen", "sorensen"},
    {"Ødegård", "odegard"},
    {"Çelik", "celik"},
    {"Rosenberg-Katz", "rosenbergkatz"},
    {"Abd al-Rahman", "abdalrahman"},
    {"Tan", "tan"},
    {"Lim", "lim"},
});

constexpr auto kPlaces = std::to_array<Place>({
    {"Halden", "", "Norway", "NO", "nb-NO", "1771", "Isebakkeveien 1", "+47 69 00 "},
    {"Oslo", "", "Norway", "NO", "nb-NO", "0150", "Dronning Eufemias gate 30", "+47 22 00 "},
    {"Berlin", "BE", "Germany", "DE", "de-DE", "10115", "Invalidenstraße 91", "+49 30 901 "},
    {"Hamburg", "HH", "Germany", "DE", "de-DE", "20457", "Am Sandtorkai 48", "+49 40 428 "},
    {"London", "England", "United Kingdom", "GB", "en-GB", "EC2A 4NE", "Curtain Road 12",
     "+44 20 7946 "},
    {"Dublin", "", "Ireland", "IE", "en-IE", "D02 XK09", "Grand Canal Dock 4", "+353 1 555 "},
    {"New York", "NY", "United States", "US", "en-US", "10013", "Hudson Street 200", "+1 212 555 "},
    {"Seattle", "WA", "United States", "US", "en-US", "98101", "Pine Street 1301", "+1 206 555 "},
    {"São Paulo", "SP", "Brazil", "BR", "pt-BR", "01310-100", "Avenida Paulista 1578",
     "+55 11 5555 "},
    {"Kraków", "", "Poland", "PL", "pl-PL", "31-154", "Lubicz 23", "+48 12 555 "},
    {"東京", "", "Japan", "JP", "ja-JP", "100-0005", "丸の内 1-9-2", "+81 3 5555 "},
    {"تل أبيب", "", "Israel", "IL", "he-IL", "6701101", "Azrieli Center 1", "+972 3 555 "},
});

constexpr auto kEngineering = std::to_array<std::string_view>(
    {"Software Engineer", "Senior Software Engineer", "Platform Engineer", "Engineering Manager",
     "Test Engineer", "Site Reliability Engineer"});
constexpr auto kSales =
    std::to_array<std::string_view>({"Account Executive", "Sales Development Representative",
                                     "Regional Sales Director", "Solution Architect"});
constexpr auto kFinance = std::to_array<std::string_view>(
    {"Accountant", "Controller", "Payroll Specialist", "Treasury Analyst"});
constexpr auto kPeople =
    std::to_array<std::string_view>({"Recruiter", "HR Business Partner", "Learning Specialist"});
constexpr auto kOperations =
    std::to_array<std::string_view>({"Technician", "Shift Lead", "Warehouse Associate",
                                     "Logistics Planner", "Maintenance Engineer"});
constexpr auto kIt = std::to_array<std::string_view>(
    {"IT Support Engineer", "System Administrator", "Identity Engineer", "Security Analyst"});
constexpr auto kLegal =
    std::to_array<std::string_view>({"Counsel", "Paralegal", "Privacy Officer"});
constexpr auto kMarketing = std::to_array<std::string_view>(
    {"Product Marketer", "Designer", "Content Editor", "Event Manager"});

constexpr auto kDepartments = std::to_array<Department>({
    {"Engineering", "ENG", "CC-4410", kEngineering},
    {"Sales", "SAL", "CC-2200", kSales},
    {"Finance & Controlling", "FIN", "CC-1100", kFinance},
    {"People", "HR", "CC-1200", kPeople},
    {"Operations", "OPS", "CC-5100", kOperations},
    {"IT", "IT", "CC-1300", kIt},
    {"Legal", "LEG", "CC-1400", kLegal},
    {"Marketing", "MKT", "CC-2300", kMarketing},
});

// https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
constexpr auto kSkus = std::to_array<Sku>({
    {"06ebc4ee-1bb5-47dd-8120-11324bc54e06", "SPE_E5", 30},
    {"05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3", 40},
    {"f30db892-07e9-47e9-837c-80727f46fd3d", "FLOW_FREE", 20},
    {"f8a1db68-be16-40ed-86d5-cb42ce701560", "POWER_BI_PRO", 10},
    {"c5928f49-12ba-48f7-ada3-0d743a3601d5", "VISIOCLIENT", 4},
    {"53818b1b-4a27-454b-8896-0dba576410e6", "PROJECTPROFESSIONAL", 3},
    {"639dec6b-bb19-468b-871c-c5c441c4b0cb", "Microsoft_365_Copilot", 8},
    {"4b585984-651b-448a-9e53-3b10f069cf7f", "DESKLESSPACK", 12},
    {"b05e124f-c7cc-45a0-a6aa-8cf78c946968", "EMSPREMIUM", 2},
    {"078d2b04-f1bd-4111-bbd4-b4b1b354cef4", "AAD_PREMIUM", 0},
    {"5a5a5a5a-0000-4000-8000-00000000dead", "HALDEN_PREVIEW_ADDON", 1},
});

}  // namespace

std::span<const Name> given_names() { return kGivenNames; }
std::span<const Name> surnames() { return kSurnames; }
std::span<const Place> places() { return kPlaces; }
std::span<const Department> departments() { return kDepartments; }
std::span<const Sku> skus() { return kSkus; }

}  // namespace muster::sandbox::world
