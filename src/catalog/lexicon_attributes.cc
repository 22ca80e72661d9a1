// Attributes of made-up products: names, values and units in four languages.
#include "base/error.h"
#include "catalog/lexicon.h"

namespace kindred::catalog {
namespace {

using Kind = AttributeKind;
using Role = AttributeRole;
using Numbers = std::string_view[];

// clang-format off
constexpr Word kColours[] = {
    {"黑色", "Black", "negro", "noir"}, {"白色", "White", "blanco", "blanc"}, {"灰色", "Grey", "gris", "gris"},
    {"红色", "Red", "rojo", "rouge"}, {"蓝色", "Blue", "azul", "bleu"}, {"藏青色", "Navy Blue", "azul marino", "bleu marine"},
    {"天蓝色", "Sky Blue", "azul cielo", "bleu ciel"}, {"绿色", "Green", "verde", "vert"}, {"橄榄绿", "Olive Green", "verde oliva", "vert olive"},
    {"黄色", "Yellow", "amarillo", "jaune"}, {"橙色", "Orange", "naranja", "orange"}, {"粉色", "Pink", "rosa", "rose"},
    {"紫色", "Purple", "morado", "violet"}, {"棕色", "Brown", "marrón", "marron"}, {"米色", "Beige", "beige", "beige"},
    {"金色", "Gold", "dorado", "doré"}, {"银色", "Silver", "plateado", "argenté"}, {"酒红色", "Burgundy", "burdeos", "bordeaux"},
    {"青绿色", "Turquoise", "turquesa", "turquoise"}, {"香槟色", "Champagne", "champán", "champagne"},
};
constexpr Word kPatterns[] = {
    {"条纹", "Striped", "de rayas", "à rayures"}, {"碎花", "Floral", "floral", "fleuri"}, {"格子", "Checked", "de cuadros", "à carreaux"},
    {"波点", "Polka Dot", "de lunares", "à pois"}, {"几何图案", "Geometric", "geométrico", "géométrique"}, {"迷彩", "Camouflage", "de camuflaje", "camouflage"},
};
constexpr Word kAudiences[] = {
    {"女士", "Women's", "para mujer", "pour femme"}, {"男士", "Men's", "para hombre", "pour homme"},
    {"男女同款", "Unisex", "unisex", "unisexe"}, {"儿童", "Kids'", "para niños", "pour enfant"},
};
constexpr Word kFabrics[] = {
    {"纯棉", "Cotton", "algodón", "coton"}, {"亚麻", "Linen", "lino", "lin"}, {"羊毛", "Wool", "lana", "laine"}, {"涤纶", "Polyester", "poliéster", "polyester"},
    {"真丝", "Silk", "seda", "soie"}, {"天鹅绒", "Velvet", "terciopelo", "velours"}, {"牛仔布", "Denim", "tela vaquera", "denim"},
    {"竹纤维", "Bamboo Fibre", "fibra de bambú", "fibre de bambou"}, {"摇粒绒", "Fleece", "forro polar", "polaire"}, {"尼龙", "Nylon", "nailon", "nylon"},
};
constexpr Word kLeathers[] = {
    {"头层牛皮", "Full-Grain Leather", "piel de grano entero", "cuir pleine fleur"}, {"绒面皮", "Suede", "ante", "daim"},
    {"仿皮", "Faux Leather", "piel sintética", "similicuir"}, {"帆布", "Canvas", "lona", "toile"}, {"牛津布", "Oxford Fabric", "tejido Oxford", "tissu Oxford"},
    {"透气网布", "Breathable Mesh", "malla transpirable", "mesh respirant"},
};
constexpr Word kMetals[] = {
    {"不锈钢", "Stainless Steel", "acero inoxidable", "acier inoxydable"}, {"铝合金", "Aluminium", "aluminio", "aluminium"}, {"铸铁", "Cast Iron", "hierro fundido", "fonte"},
    {"碳钢", "Carbon Steel", "acero al carbono", "acier au carbone"}, {"钛", "Titanium", "titanio", "titane"}, {"铜", "Copper", "cobre", "cuivre"},
};
constexpr Word kWoods[] = {
    {"橡木", "Oak", "roble", "chêne"}, {"胡桃木", "Walnut", "nogal", "noyer"}, {"松木", "Pine", "pino", "pin"}, {"竹制", "Bamboo", "bambú", "bambou"},
    {"桦木", "Birch", "abedul", "bouleau"}, {"相思木", "Acacia", "acacia", "acacia"},
};
constexpr Word kPlastics[] = {
    {"硅胶", "Silicone", "silicona", "silicone"}, {"聚碳酸酯", "Polycarbonate", "policarbonato", "polycarbonate"}, {"ABS塑料", "ABS Plastic", "plástico ABS", "plastique ABS"},
    {"再生塑料", "Recycled Plastic", "plástico reciclado", "plastique recyclé"}, {"TPU", "TPU", "TPU", "TPU"},
};
constexpr Word kCeramics[] = {
    {"陶瓷", "Ceramic", "cerámica", "céramique"}, {"骨瓷", "Bone China", "porcelana de hueso", "porcelaine fine"}, {"粗陶", "Stoneware", "gres", "grès"},
    {"高硼硅玻璃", "Borosilicate Glass", "vidrio de borosilicato", "verre borosilicate"}, {"水晶玻璃", "Crystal Glass", "cristal", "cristal"},
};
constexpr Word kPreciousMetals[] = {
    {"925银", "Sterling Silver", "plata de ley", "argent massif"}, {"18K镀金", "18K Gold-Plated", "baño de oro de 18 quilates", "plaqué or 18 carats"},
    {"玫瑰金色不锈钢", "Rose Gold Steel", "acero oro rosa", "acier or rose"}, {"钛钢", "Titanium Steel", "acero de titanio", "acier titane"},
};
constexpr Word kNaturalFibres[] = {
    {"黄麻", "Jute", "yute", "jute"}, {"棉麻", "Cotton and Linen", "algodón y lino", "coton et lin"}, {"羊毛", "Wool", "lana", "laine"},
    {"雪尼尔", "Chenille", "chenilla", "chenille"}, {"超细纤维", "Microfibre", "microfibra", "microfibre"}, {"剑麻", "Sisal", "sisal", "sisal"},
};
constexpr Word kBedSizes[] = {
    {"90×200厘米", "90 × 200 cm", "90 × 200 cm", "90 × 200 cm"}, {"140×200厘米", "140 × 200 cm", "140 × 200 cm", "140 × 200 cm"},
    {"160×200厘米", "160 × 200 cm", "160 × 200 cm", "160 × 200 cm"}, {"180×200厘米", "180 × 200 cm", "180 × 200 cm", "180 × 200 cm"},
};
constexpr Word kAges[] = {
    {"0岁以上", "from birth", "desde el nacimiento", "dès la naissance"}, {"6个月以上", "6 months and up", "a partir de 6 meses", "dès 6 mois"},
    {"3岁以上", "ages 3 and up", "a partir de 3 años", "dès 3 ans"}, {"6岁以上", "ages 6 and up", "a partir de 6 años", "dès 6 ans"},
    {"8岁以上", "ages 8 and up", "a partir de 8 años", "dès 8 ans"},
};
constexpr Word kScents[] = {
    {"薰衣草香", "Lavender", "lavanda", "lavande"}, {"玫瑰香", "Rose", "rosa", "rose"}, {"柑橘香", "Citrus", "cítricos", "agrumes"}, {"檀香", "Sandalwood", "sándalo", "bois de santal"},
    {"绿茶香", "Green Tea", "té verde", "thé vert"}, {"椰子香", "Coconut", "coco", "noix de coco"}, {"无香", "Fragrance-Free", "sin perfume", "sans parfum"},
};
constexpr Word kFlavours[] = {
    {"原味", "Original", "original", "nature"}, {"海盐味", "Sea Salt", "sal marina", "sel marin"}, {"香草味", "Vanilla", "vainilla", "vanille"}, {"茉莉花味", "Jasmine", "jazmín", "jasmin"},
    {"橙子味", "Orange", "naranja", "orange"}, {"榛子味", "Hazelnut", "avellana", "noisette"}, {"蜂蜜味", "Honey", "miel", "miel"},
};
constexpr Word kConnections[] = {
    {"蓝牙5.3", "Bluetooth 5.3", "Bluetooth 5.3", "Bluetooth 5.3"}, {"USB-C接口", "USB-C", "USB-C", "USB-C"}, {"2.4GHz无线", "2.4 GHz Wireless", "2,4 GHz", "2,4 GHz"},
    {"Wi-Fi 6", "Wi-Fi 6", "Wi-Fi 6", "Wi-Fi 6"}, {"蓝牙5.0", "Bluetooth 5.0", "Bluetooth 5.0", "Bluetooth 5.0"},
};

constexpr Numbers kClothingSizes = {"XS", "S", "M", "L", "XL", "XXL"};
constexpr Numbers kShoeSizes = {"35", "36", "37", "38", "39", "40", "41", "42", "43", "44", "45"};
constexpr Numbers kPhoneStorage = {"64GB", "128GB", "256GB", "512GB"};
constexpr Numbers kDiskStorage = {"128GB", "256GB", "512GB", "1TB", "2TB"};
constexpr Numbers kPhoneMemory = {"4GB", "6GB", "8GB", "12GB"};
constexpr Numbers kComputerMemory = {"8GB", "16GB", "32GB"};
constexpr Numbers kPhoneScreens = {"6.1", "6.4", "6.5", "6.7", "6.8"};
constexpr Numbers kTabletScreens = {"8.7", "10.1", "11", "12.4"};
constexpr Numbers kComputerScreens = {"13.3", "14", "15.6", "16", "24", "27"};
constexpr Numbers kTvScreens = {"32", "43", "50", "55", "65", "75"};
constexpr Numbers kWatchScreens = {"1.43", "1.75", "1.96"};
constexpr Numbers kPhoneBatteries = {"4500", "5000", "5500", "6000"};
constexpr Numbers kPowerBanks = {"5000", "10000", "20000", "30000"};
constexpr Numbers kToolVoltages = {"12", "18", "20", "36"};
constexpr Numbers kMainsVoltages = {"110", "220"};
constexpr Numbers kKitchenPowers = {"600", "850", "1000", "1500", "1800", "2200"};
constexpr Numbers kChargerPowers = {"20", "33", "45", "65", "100"};
constexpr Numbers kClimatePowers = {"25", "40", "60", "1500", "2000"};
constexpr Numbers kCupCapacities = {"250", "350", "450", "500", "750", "1000"};
constexpr Numbers kPotCapacities = {"1.2", "1.5", "1.7", "2.5", "3.5", "5", "6"};
constexpr Numbers kBagCapacities = {"12", "18", "22", "30", "40", "65"};
constexpr Numbers kBottleVolumes = {"30", "50", "100", "150", "250", "500"};
constexpr Numbers kCableLengths = {"0.5", "1", "1.5", "2", "3"};
constexpr Numbers kHoseLengths = {"10", "15", "20", "30"};
constexpr Numbers kPanDiameters = {"20", "24", "26", "28", "30"};
constexpr Numbers kTableLengths = {"60", "80", "100", "120", "140", "160"};
constexpr Numbers kFoodWeights = {"100", "200", "250", "500"};
constexpr Numbers kDumbbellWeights = {"2", "5", "10", "15", "20"};
constexpr Numbers kPacks = {"2", "3", "4", "6", "8", "12"};
constexpr Numbers kPieces = {"24", "48", "100", "300", "500", "1000"};
constexpr Numbers kTentPlaces = {"2", "3", "4", "6"};
constexpr Numbers kLumens = {"200", "400", "800", "1200"};

constexpr Word kNoUnit = {"", "", "", ""};
constexpr Word kInch = {"英寸", "-inch", " pulgadas", " pouces"};
constexpr Word kMilliamp = {"mAh", " mAh", " mAh", " mAh"};
constexpr Word kVolt = {"V", "V", " V", " V"};
constexpr Word kWatt = {"W", "W", " W", " W"};
constexpr Word kLitre = {"升", " L", " L", " L"};
constexpr Word kMillilitre = {"毫升", " ml", " ml", " ml"};
constexpr Word kMetre = {"米", " m", " m", " m"};
constexpr Word kCentimetre = {"厘米", " cm", " cm", " cm"};

constexpr AttributeWords kAttributes[] = {
    {Kind::colour, Role::colour, "colour", {"颜色", "Colour", "Color", "Couleur"}, kNoUnit, {}, kColours, {"{}", "{}", "color {}", "coloris {}"}},
    {Kind::pattern, Role::pattern, "pattern", {"图案", "Pattern", "Estampado", "Motif"}, kNoUnit, {}, kPatterns, {"{}", "{}", "con estampado {}", "à motif {}"}},
    {Kind::audience, Role::audience, "audience", {"适用人群", "For", "Público", "Public"}, kNoUnit, {}, kAudiences},
    {Kind::fabric, Role::material, "material", {"材质", "Material", "Material", "Matière"}, kNoUnit, {}, kFabrics, {"{}", "{}", "de {}", "en {}"}},
    {Kind::leather, Role::material, "material", {"材质", "Material", "Material", "Matière"}, kNoUnit, {}, kLeathers, {"{}", "{}", "de {}", "en {}"}},
    {Kind::metal, Role::material, "material", {"材质", "Material", "Material", "Matière"}, kNoUnit, {}, kMetals, {"{}", "{}", "de {}", "en {}"}},
    {Kind::wood, Role::material, "material", {"材质", "Material", "Material", "Matière"}, kNoUnit, {}, kWoods, {"{}", "{}", "de {}", "en {}"}},
    {Kind::plastic, Role::material, "material", {"材质", "Material", "Material", "Matière"}, kNoUnit, {}, kPlastics, {"{}", "{}", "de {}", "en {}"}},
    {Kind::ceramic, Role::material, "material", {"材质", "Material", "Material", "Matière"}, kNoUnit, {}, kCeramics, {"{}", "{}", "de {}", "en {}"}},
    {Kind::precious_metal, Role::material, "material", {"材质", "Material", "Material", "Matière"}, kNoUnit, {}, kPreciousMetals, {"{}", "{}", "de {}", "en {}"}},
    {Kind::natural_fibre, Role::material, "material", {"材质", "Material", "Material", "Matière"}, kNoUnit, {}, kNaturalFibres, {"{}", "{}", "de {}", "en {}"}},
    {Kind::clothing_size, Role::other, "size", {"尺码", "Size", "Talla", "Taille"}, kNoUnit, kClothingSizes, {}, {"{}码", "Size {}", "talla {}", "taille {}"}},
    {Kind::shoe_size, Role::other, "size", {"鞋码", "EU size", "Talla", "Pointure"}, kNoUnit, kShoeSizes, {}, {"{}码", "EU {}", "talla {}", "pointure {}"}},
    {Kind::bed_size, Role::other, "size", {"尺寸", "Size", "Medidas", "Dimensions"}, kNoUnit, {}, kBedSizes},
    {Kind::age, Role::other, "age", {"适用年龄", "Age", "Edad", "Âge"}, kNoUnit, {}, kAges},
    {Kind::scent, Role::other, "scent", {"香型", "Scent", "Aroma", "Parfum"}, kNoUnit, {}, kScents},
    {Kind::flavour, Role::other, "flavour", {"口味", "Flavour", "Sabor", "Saveur"}, kNoUnit, {}, kFlavours, {"{}", "{} Flavour", "sabor {}", "saveur {}"}},
    {Kind::connection, Role::other, "connection", {"连接方式", "Connection", "Conexión", "Connexion"}, kNoUnit, {}, kConnections},
    {Kind::phone_storage, Role::other, "storage", {"存储容量", "Storage", "Almacenamiento", "Stockage"}, {" ROM", " ROM", " ROM", " ROM"}, kPhoneStorage, {}},
    {Kind::disk_storage, Role::other, "storage", {"存储容量", "Storage", "Almacenamiento", "Stockage"}, kNoUnit, kDiskStorage, {}},
    {Kind::phone_memory, Role::other, "memory", {"运行内存", "Memory", "Memoria", "Mémoire"}, {" RAM", " RAM", " RAM", " RAM"}, kPhoneMemory, {}},
    {Kind::computer_memory, Role::other, "memory", {"内存", "Memory", "Memoria", "Mémoire"}, {" RAM", " RAM", " RAM", " RAM"}, kComputerMemory, {}},
    {Kind::phone_screen, Role::other, "screen", {"屏幕尺寸", "Screen size", "Pantalla", "Écran"}, kInch, kPhoneScreens, {}},
    {Kind::tablet_screen, Role::other, "screen", {"屏幕尺寸", "Screen size", "Pantalla", "Écran"}, kInch, kTabletScreens, {}},
    {Kind::computer_screen, Role::other, "screen", {"屏幕尺寸", "Screen size", "Pantalla", "Écran"}, kInch, kComputerScreens, {}},
    {Kind::tv_screen, Role::other, "screen", {"屏幕尺寸", "Screen size", "Pantalla", "Écran"}, kInch, kTvScreens, {}},
    {Kind::watch_screen, Role::other, "screen", {"屏幕尺寸", "Screen size", "Pantalla", "Écran"}, kInch, kWatchScreens, {}},
    {Kind::phone_battery, Role::other, "battery", {"电池容量", "Battery", "Batería", "Batterie"}, kMilliamp, kPhoneBatteries, {}},
    {Kind::power_bank_battery, Role::other, "battery", {"电池容量", "Battery", "Batería", "Batterie"}, kMilliamp, kPowerBanks, {}},
    {Kind::tool_voltage, Role::other, "voltage", {"电压", "Voltage", "Voltaje", "Tension"}, kVolt, kToolVoltages, {}},
    {Kind::mains_voltage, Role::other, "voltage", {"电压", "Voltage", "Voltaje", "Tension"}, kVolt, kMainsVoltages, {}},
    {Kind::kitchen_power, Role::other, "power", {"功率", "Power", "Potencia", "Puissance"}, kWatt, kKitchenPowers, {}},
    {Kind::charger_power, Role::other, "power", {"功率", "Power", "Potencia", "Puissance"}, kWatt, kChargerPowers, {}},
    {Kind::climate_power, Role::other, "power", {"功率", "Power", "Potencia", "Puissance"}, kWatt, kClimatePowers, {}},
    {Kind::cup_capacity, Role::other, "capacity", {"容量", "Capacity", "Capacidad", "Contenance"}, kMillilitre, kCupCapacities, {}},
    {Kind::pot_capacity, Role::other, "capacity", {"容量", "Capacity", "Capacidad", "Contenance"}, kLitre, kPotCapacities, {}},
    {Kind::bag_capacity, Role::other, "capacity", {"容量", "Capacity", "Capacidad", "Contenance"}, kLitre, kBagCapacities, {}},
    {Kind::bottle_volume, Role::other, "volume", {"净含量", "Volume", "Contenido", "Contenu"}, kMillilitre, kBottleVolumes, {}},
    {Kind::cable_length, Role::other, "length", {"长度", "Length", "Longitud", "Longueur"}, kMetre, kCableLengths, {}},
    {Kind::hose_length, Role::other, "length", {"长度", "Length", "Longitud", "Longueur"}, kMetre, kHoseLengths, {}},
    {Kind::pan_diameter, Role::other, "diameter", {"直径", "Diameter", "Diámetro", "Diamètre"}, kCentimetre, kPanDiameters, {}},
    {Kind::table_length, Role::other, "width", {"宽度", "Width", "Anchura", "Largeur"}, kCentimetre, kTableLengths, {}},
    {Kind::food_weight, Role::other, "weight", {"净重", "Weight", "Peso", "Poids"}, {"克", " g", " g", " g"}, kFoodWeights, {}},
    {Kind::dumbbell_weight, Role::other, "weight", {"重量", "Weight", "Peso", "Poids"}, {"公斤", " kg", " kg", " kg"}, kDumbbellWeights, {}},
    {Kind::pack, Role::other, "pack", {"件数", "Pack", "Unidades", "Lot"}, kNoUnit, kPacks, {}, {"{}件装", "Pack of {}", "paquete de {}", "lot de {}"}},
    {Kind::pieces, Role::other, "pieces", {"片数", "Pieces", "Piezas", "Pièces"}, kNoUnit, kPieces, {}, {"{}片", "{} Pieces", "{} piezas", "{} pièces"}},
    {Kind::tent_places, Role::other, "places", {"适用人数", "Sleeps", "Plazas", "Places"}, kNoUnit, kTentPlaces, {}, {"{}人", "{}-Person", "{} plazas", "{} places"}},
    {Kind::lumens, Role::other, "brightness", {"亮度", "Brightness", "Brillo", "Luminosité"}, {"流明", " lm", " lm", " lm"}, kLumens, {}},
};
// clang-format on

}  // namespace

const AttributeWords& words_of(AttributeKind kind) {
  const AttributeWords& words = kAttributes[static_cast<std::size_t>(kind)];
  require(words.kind == kind, "the attribute table is not in the order of AttributeKind");
  return words;
}

}  // namespace kindred::catalog
