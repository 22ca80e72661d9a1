// The category tree of made-up products: departments, groups and kinds of product in four
// languages.
#include "catalog/lexicon.h"

namespace kindred::catalog {
namespace {

using enum AttributeKind;
using F = Family;

// clang-format off
constexpr Leaf kPhones[] = {
    {{"智能手机", "Smartphones", "Teléfonos inteligentes", "Smartphones"}, {"智能手机", "Smartphone", "Teléfono móvil", "Smartphone"}, F::phone, {phone_storage, phone_memory, phone_screen, phone_battery, colour}, 90, 900, "012345abc"},
    {{"平板电脑", "Tablets", "Tabletas", "Tablettes"}, {"平板电脑", "Tablet", "Tableta", "Tablette"}, F::phone, {phone_storage, phone_memory, tablet_screen, colour}, 80, 600, "124a"},
    {{"手机壳", "Phone Cases", "Fundas para móvil", "Coques de téléphone"}, {"手机壳", "Phone Case", "Funda para móvil", "Coque de téléphone"}, F::phone, {plastic, phone_screen, colour}, 5, 35, "45ab"},
    {{"充电器", "Chargers", "Cargadores", "Chargeurs"}, {"充电器", "Charger", "Cargador", "Chargeur"}, F::phone, {charger_power, connection, colour}, 8, 60, "15"},
    {{"移动电源", "Power Banks", "Baterías externas", "Batteries externes"}, {"充电宝", "Power Bank", "Batería externa", "Batterie externe"}, F::phone, {power_bank_battery, charger_power, colour}, 12, 80, "145a"},
    {{"数据线", "Charging Cables", "Cables de carga", "Câbles de recharge"}, {"数据线", "Charging Cable", "Cable de carga", "Câble de recharge"}, F::phone, {cable_length, charger_power, colour}, 4, 25, "1"},
};
constexpr Leaf kComputers[] = {
    {{"笔记本电脑", "Laptops", "Ordenadores portátiles", "Ordinateurs portables"}, {"笔记本电脑", "Laptop", "Ordenador portátil", "Ordinateur portable"}, F::computer, {disk_storage, computer_memory, computer_screen, colour}, 300, 1800, "1234a"},
    {{"显示器", "Monitors", "Monitores", "Écrans d'ordinateur"}, {"显示器", "Monitor", "Monitor", "Écran d'ordinateur"}, F::computer, {computer_screen, colour}, 90, 600, "25a"},
    {{"键盘", "Keyboards", "Teclados", "Claviers"}, {"机械键盘", "Mechanical Keyboard", "Teclado mecánico", "Clavier mécanique"}, F::computer, {connection, colour}, 20, 160, "0145bc"},
    {{"鼠标", "Mice", "Ratones", "Souris"}, {"无线鼠标", "Wireless Mouse", "Ratón inalámbrico", "Souris sans fil"}, F::computer, {connection, colour}, 8, 90, "145bc"},
    {{"固态硬盘", "Solid State Drives", "Unidades SSD", "Disques SSD"}, {"移动固态硬盘", "External SSD", "Disco SSD externo", "Disque SSD externe"}, F::computer, {disk_storage, connection, colour}, 30, 220, "35a"},
    {{"存储卡", "Memory Cards", "Tarjetas de memoria", "Cartes mémoire"}, {"存储卡", "Memory Card", "Tarjeta de memoria", "Carte mémoire"}, F::computer, {disk_storage}, 8, 90, "5"},
};
constexpr Leaf kAudio[] = {
    {{"真无线耳机", "Wireless Earbuds", "Auriculares inalámbricos", "Écouteurs sans fil"}, {"真无线耳机", "Wireless Earbuds", "Auriculares inalámbricos", "Écouteurs sans fil"}, F::audio, {connection, colour}, 18, 200, "012345ac", true, true},
    {{"头戴式耳机", "Headphones", "Cascos de música", "Casques audio"}, {"头戴式耳机", "Over-Ear Headphones", "Cascos de música", "Casque audio"}, F::audio, {connection, colour}, 25, 350, "012345c", true},
    {{"蓝牙音箱", "Bluetooth Speakers", "Altavoces Bluetooth", "Enceintes Bluetooth"}, {"蓝牙音箱", "Bluetooth Speaker", "Altavoz Bluetooth", "Enceinte Bluetooth"}, F::audio, {charger_power, colour}, 15, 250, "1235ab"},
    {{"回音壁", "Soundbars", "Barras de sonido", "Barres de son"}, {"回音壁音响", "Soundbar", "Barra de sonido", "Barre de son"}, F::audio, {connection, colour}, 60, 500, "14c-"},
    {{"麦克风", "Microphones", "Micrófonos", "Microphones"}, {"电容麦克风", "Condenser Microphone", "Micrófono de condensador", "Microphone à condensateur"}, F::audio, {connection, colour}, 25, 220, "24cz"},
};
constexpr Leaf kVideo[] = {
    {{"电视", "Televisions", "Televisores", "Téléviseurs"}, {"智能电视", "Smart TV", "Televisor inteligente", "Téléviseur connecté"}, F::video, {tv_screen, connection}, 150, 1500, "0345x"},
    {{"投影仪", "Projectors", "Proyectores", "Projecteurs"}, {"家用投影仪", "Home Projector", "Proyector doméstico", "Vidéoprojecteur"}, F::video, {connection, lumens, colour}, 70, 700, "0345abxz"},
    {{"运动相机", "Action Cameras", "Cámaras deportivas", "Caméras d'action"}, {"运动相机", "Action Camera", "Cámara deportiva", "Caméra d'action"}, F::video, {connection, colour}, 50, 400, "0125aby"},
    {{"无人机", "Drones", "Drones", "Drones"}, {"航拍无人机", "Camera Drone", "Dron con cámara", "Drone avec caméra"}, F::video, {connection, colour}, 60, 900, "012abcy"},
};
constexpr Leaf kWearables[] = {
    {{"智能手表", "Smartwatches", "Relojes inteligentes", "Montres connectées"}, {"智能手表", "Smartwatch", "Reloj inteligente", "Montre connectée"}, F::wearable, {watch_screen, connection, colour}, 35, 350},
    {{"智能手环", "Fitness Bands", "Pulseras de actividad", "Bracelets connectés"}, {"智能手环", "Fitness Band", "Pulsera de actividad", "Bracelet connecté"}, F::wearable, {watch_screen, colour}, 18, 90, "01235ab"},
};
constexpr Leaf kKitchenAppliances[] = {
    {{"电热水壶", "Kettles", "Hervidores", "Bouilloires"}, {"电热水壶", "Electric Kettle", "Hervidor eléctrico", "Bouilloire électrique"}, F::kitchen_appliance, {pot_capacity, kitchen_power, metal, colour}, 18, 90, "135a"},
    {{"咖啡机", "Coffee Machines", "Cafeteras", "Machines à café"}, {"意式咖啡机", "Espresso Machine", "Cafetera espresso", "Machine à expresso"}, F::kitchen_appliance, {kitchen_power, mains_voltage, colour}, 60, 600, "0123"},
    {{"搅拌机", "Blenders", "Batidoras", "Mixeurs"}, {"破壁搅拌机", "Blender", "Batidora de vaso", "Blender"}, F::kitchen_appliance, {pot_capacity, kitchen_power, colour}, 25, 200, "1245ab"},
    {{"电饭煲", "Rice Cookers", "Arroceras", "Cuiseurs à riz"}, {"电饭煲", "Rice Cooker", "Arrocera eléctrica", "Cuiseur à riz"}, F::kitchen_appliance, {pot_capacity, mains_voltage, colour}, 25, 220, "01235abc"},
    {{"空气炸锅", "Air Fryers", "Freidoras de aire", "Friteuses à air"}, {"空气炸锅", "Air Fryer", "Freidora de aire", "Friteuse à air"}, F::kitchen_appliance, {pot_capacity, kitchen_power, colour}, 40, 220, "0123abc"},
    {{"多士炉", "Toasters", "Tostadoras", "Grille-pain"}, {"烤面包机", "Toaster", "Tostadora", "Grille-pain"}, F::kitchen_appliance, {kitchen_power, colour}, 20, 110, "13"},
};
constexpr Leaf kCleaning[] = {
    {{"吸尘器", "Vacuum Cleaners", "Aspiradoras", "Aspirateurs"}, {"无线吸尘器", "Cordless Vacuum Cleaner", "Aspiradora sin cable", "Aspirateur sans fil"}, F::cleaning, {tool_voltage, colour}, 60, 500, "015axy"},
    {{"扫地机器人", "Robot Vacuums", "Robots aspiradores", "Robots aspirateurs"}, {"扫地机器人", "Robot Vacuum", "Robot aspirador", "Robot aspirateur"}, F::cleaning, {connection, colour}, 120, 900, "01235bxy"},
    {{"挂烫机", "Garment Steamers", "Planchas de vapor", "Défroisseurs"}, {"挂烫机", "Garment Steamer", "Plancha de vapor vertical", "Défroisseur vapeur"}, F::cleaning, {kitchen_power, mains_voltage, colour}, 20, 130, "4acz"},
};
constexpr Leaf kClimate[] = {
    {{"电风扇", "Fans", "Ventiladores", "Ventilateurs"}, {"电风扇", "Electric Fan", "Ventilador", "Ventilateur"}, F::climate, {climate_power, mains_voltage, colour}, 20, 180, "0124abc"},
    {{"取暖器", "Heaters", "Calefactores", "Radiateurs d'appoint"}, {"取暖器", "Space Heater", "Calefactor eléctrico", "Radiateur d'appoint"}, F::climate, {climate_power, mains_voltage, colour}, 25, 200, "1234abc"},
    {{"加湿器", "Humidifiers", "Humidificadores", "Humidificateurs"}, {"加湿器", "Humidifier", "Humidificador", "Humidificateur d'air"}, F::climate, {pot_capacity, colour}, 18, 120, "012b"},
    {{"空气净化器", "Air Purifiers", "Purificadores de aire", "Purificateurs d'air"}, {"空气净化器", "Air Purifier", "Purificador de aire", "Purificateur d'air"}, F::climate, {climate_power, connection, colour}, 50, 400, "0125bc"},
};
constexpr Leaf kCookware[] = {
    {{"煎锅", "Frying Pans", "Sartenes", "Poêles"}, {"平底煎锅", "Frying Pan", "Sartén", "Poêle"}, F::cookware, {pan_diameter, metal, colour}, 15, 120, "01234abc"},
    {{"汤锅", "Saucepans", "Ollas", "Casseroles"}, {"汤锅", "Saucepan", "Olla", "Casserole"}, F::cookware, {pan_diameter, pot_capacity, metal}, 18, 150, "01234abc"},
    {{"炒锅", "Woks", "Woks", "Woks"}, {"炒锅", "Wok", "Wok", "Wok"}, F::cookware, {pan_diameter, metal}, 20, 130, "01234abc"},
    {{"厨刀", "Kitchen Knives", "Cuchillos de cocina", "Couteaux de cuisine"}, {"主厨刀", "Chef's Knife", "Cuchillo de chef", "Couteau de chef"}, F::cookware, {metal}, 15, 160, "5acz"},
    {{"砧板", "Cutting Boards", "Tablas de cortar", "Planches à découper"}, {"砧板", "Cutting Board", "Tabla de cortar", "Planche à découper"}, F::tableware, {wood, pack}, 10, 60, "035bc"},
};
constexpr Leaf kTableware[] = {
    {{"餐盘", "Plates", "Platos", "Assiettes"}, {"餐盘套装", "Dinner Plate Set", "Juego de platos", "Service d'assiettes"}, F::tableware, {ceramic, pan_diameter, pack, colour}, 18, 110, "01234abc"},
    {{"碗", "Bowls", "Cuencos", "Bols"}, {"饭碗套装", "Bowl Set", "Juego de cuencos", "Ensemble de bols"}, F::tableware, {ceramic, pack, colour}, 12, 80, "01234abc"},
    {{"马克杯", "Mugs", "Tazas", "Tasses"}, {"马克杯", "Mug", "Taza", "Tasse"}, F::tableware, {ceramic, cup_capacity, colour}, 6, 35, "012345abc"},
    {{"酒杯", "Wine Glasses", "Copas de vino", "Verres à vin"}, {"红酒杯", "Wine Glass", "Copa de vino", "Verre à vin"}, F::tableware, {ceramic, cup_capacity, pack}, 10, 90, "03bc"},
    {{"餐具", "Cutlery", "Cubiertos", "Couverts"}, {"餐具套装", "Cutlery Set", "Juego de cubiertos", "Ménagère de couverts"}, F::tableware, {metal, pieces, colour}, 15, 120, "03bc"},
};
constexpr Leaf kDrinkware[] = {
    {{"水杯", "Water Bottles", "Botellas de agua", "Gourdes"}, {"运动水杯", "Water Bottle", "Botella de agua", "Gourde"}, F::drinkware, {metal, cup_capacity, colour}, 8, 45, "0123abcyz"},
    {{"保温杯", "Vacuum Flasks", "Termos", "Bouteilles isothermes"}, {"保温杯", "Vacuum Flask", "Termo", "Bouteille isotherme"}, F::drinkware, {metal, cup_capacity, colour}, 12, 60, "01235abcyz"},
    {{"饭盒", "Lunch Boxes", "Fiambreras", "Boîtes à repas"}, {"便当盒", "Lunch Box", "Fiambrera", "Boîte à repas"}, F::drinkware, {plastic, cup_capacity, colour}, 8, 45, "034abcxz"},
    {{"保鲜盒", "Food Containers", "Recipientes para alimentos", "Boîtes de conservation"}, {"保鲜盒", "Food Container", "Recipiente para alimentos", "Boîte de conservation"}, F::drinkware, {plastic, cup_capacity, pack}, 8, 50, "05acx"},
};
constexpr Leaf kFurniture[] = {
    {{"沙发", "Sofas", "Sofás", "Canapés"}, {"双人沙发", "Two-Seat Sofa", "Sofá de dos plazas", "Canapé deux places"}, F::furniture, {fabric, table_length, colour}, 200, 1500, "134acx"},
    {{"办公椅", "Office Chairs", "Sillas de oficina", "Chaises de bureau"}, {"办公椅", "Office Chair", "Silla de oficina", "Chaise de bureau"}, F::furniture, {leather, colour}, 70, 500, "1345cy"},
    {{"餐桌", "Dining Tables", "Mesas de comedor", "Tables à manger"}, {"餐桌", "Dining Table", "Mesa de comedor", "Table à manger"}, F::furniture, {wood, table_length}, 120, 900, "124abcz"},
    {{"书架", "Bookshelves", "Estanterías", "Bibliothèques"}, {"书架", "Bookshelf", "Estantería", "Étagère à livres"}, F::furniture, {wood, table_length, colour}, 40, 350, "124acxyz"},
    {{"床架", "Bed Frames", "Estructuras de cama", "Cadres de lit"}, {"床架", "Bed Frame", "Estructura de cama", "Cadre de lit"}, F::furniture, {wood, bed_size}, 110, 800, "014acz"},
    {{"衣柜", "Wardrobes", "Armarios", "Armoires"}, {"衣柜", "Wardrobe", "Armario", "Armoire"}, F::furniture, {wood, table_length, colour}, 90, 800, "0124acz"},
    {{"床头柜", "Nightstands", "Mesitas de noche", "Tables de chevet"}, {"床头柜", "Nightstand", "Mesita de noche", "Table de chevet"}, F::furniture, {wood, colour}, 30, 200, "024acz"},
};
constexpr Leaf kTextiles[] = {
    {{"床上用品", "Bedding", "Ropa de cama", "Linge de lit"}, {"被套", "Duvet Cover", "Funda nórdica", "Housse de couette"}, F::textile, {fabric, pattern, bed_size, colour}, 25, 180, "0123bcxz"},
    {{"枕头", "Pillows", "Almohadas", "Oreillers"}, {"枕头", "Pillow", "Almohada", "Oreiller"}, F::textile, {fabric, pack}, 12, 90, "0123bcxz"},
    {{"毛毯", "Blankets", "Mantas", "Couvertures"}, {"毛毯", "Blanket", "Manta", "Couverture"}, F::textile, {natural_fibre, bed_size, colour}, 18, 140, "012abxyz"},
    {{"窗帘", "Curtains", "Cortinas", "Rideaux"}, {"窗帘", "Curtain", "Cortina", "Rideau"}, F::textile, {natural_fibre, pattern, colour}, 20, 140, "14axyz"},
    {{"毛巾", "Towels", "Toallas", "Serviettes de bain"}, {"浴巾", "Bath Towel", "Toalla de baño", "Serviette de bain"}, F::textile, {fabric, pack, colour}, 8, 60, "01abz"},
    {{"地毯", "Rugs", "Alfombras", "Tapis"}, {"地毯", "Rug", "Alfombra", "Tapis"}, F::textile, {natural_fibre, pattern, table_length, colour}, 25, 300, "125abyz"},
};
constexpr Leaf kLighting[] = {
    {{"台灯", "Desk Lamps", "Lámparas de escritorio", "Lampes de bureau"}, {"台灯", "Desk Lamp", "Lámpara de escritorio", "Lampe de bureau"}, F::lighting, {metal, lumens, colour}, 15, 120, "0124abcxy"},
    {{"落地灯", "Floor Lamps", "Lámparas de pie", "Lampadaires"}, {"落地灯", "Floor Lamp", "Lámpara de pie", "Lampadaire"}, F::lighting, {metal, lumens, colour}, 35, 250, "0123abcx"},
    {{"灯串", "String Lights", "Guirnaldas de luces", "Guirlandes lumineuses"}, {"灯串", "String Lights", "Guirnalda de luces", "Guirlande lumineuse"}, F::lighting, {hose_length, colour}, 8, 50, "03abz"},
    {{"挂钟", "Wall Clocks", "Relojes de pared", "Horloges murales"}, {"挂钟", "Wall Clock", "Reloj de pared", "Horloge murale"}, F::lighting, {wood, pan_diameter, colour}, 12, 90, "5ac-"},
};
constexpr Leaf kTops[] = {
    {{"T恤", "T-Shirts", "Camisetas", "T-shirts"}, {"T恤", "T-Shirt", "Camiseta", "T-shirt"}, F::clothing, {audience, fabric, pattern, clothing_size, colour}, 8, 45, "034abx"},
    {{"衬衫", "Shirts", "Camisas", "Chemises"}, {"衬衫", "Shirt", "Camisa", "Chemise"}, F::clothing, {audience, fabric, pattern, clothing_size, colour}, 15, 90, "03abxy"},
    {{"卫衣", "Hoodies", "Sudaderas", "Sweats à capuche"}, {"卫衣", "Hoodie", "Sudadera", "Sweat"}, F::clothing, {audience, fabric, clothing_size, colour}, 20, 100, "15axz"},
    {{"毛衣", "Sweaters", "Jerséis", "Pulls"}, {"毛衣", "Sweater", "Jersey", "Pull"}, F::clothing, {audience, fabric, clothing_size, colour}, 22, 150, "04abxyz"},
};
constexpr Leaf kBottoms[] = {
    {{"牛仔裤", "Jeans", "Vaqueros", "Jeans"}, {"牛仔裤", "Jeans", "Pantalón vaquero", "Jean"}, F::clothing, {audience, clothing_size, colour}, 22, 130, "01abcx"},
    {{"休闲裤", "Trousers", "Pantalones", "Pantalons"}, {"休闲裤", "Trousers", "Pantalón", "Pantalon"}, F::clothing, {audience, fabric, clothing_size, colour}, 18, 110, "0135abcxy"},
    {{"半身裙", "Skirts", "Faldas", "Jupes"}, {"半身裙", "Skirt", "Falda", "Jupe"}, F::clothing, {fabric, pattern, clothing_size, colour}, 15, 90, "013cxy"},
    {{"紧身裤", "Leggings", "Mallas", "Leggings"}, {"紧身裤", "Leggings", "Mallas deportivas", "Legging"}, F::clothing, {audience, fabric, clothing_size, colour}, 12, 70, "015cx", true},
};
constexpr Leaf kOuterwear[] = {
    {{"羽绒服", "Down Jackets", "Plumíferos", "Doudounes"}, {"羽绒服", "Down Jacket", "Plumífero", "Doudoune"}, F::clothing, {audience, clothing_size, colour}, 50, 350, "12bxz"},
    {{"雨衣", "Raincoats", "Chubasqueros", "Imperméables"}, {"雨衣", "Raincoat", "Chubasquero", "Manteau de pluie"}, F::clothing, {audience, clothing_size, colour}, 18, 120, "12xz"},
    {{"连衣裙", "Dresses", "Vestidos", "Robes"}, {"连衣裙", "Dress", "Vestido", "Robe"}, F::clothing, {fabric, pattern, clothing_size, colour}, 20, 180, "013abxy"},
    {{"大衣", "Coats", "Abrigos", "Manteaux"}, {"大衣", "Coat", "Abrigo", "Manteau"}, F::clothing, {audience, fabric, clothing_size, colour}, 50, 400, "13abxyz"},
    {{"睡衣", "Pyjamas", "Pijamas", "Pyjamas"}, {"睡衣", "Pyjamas", "Pijama", "Pyjama"}, F::clothing, {audience, fabric, pattern, clothing_size}, 15, 80, "0145ax"},
};
constexpr Leaf kShoes[] = {
    {{"跑步鞋", "Running Shoes", "Zapatillas de correr", "Chaussures de course"}, {"跑步鞋", "Running Shoes", "Zapatillas de correr", "Chaussures de course"}, F::shoes, {audience, leather, shoe_size, colour}, 35, 180, "0125abx", true, true},
    {{"休闲鞋", "Sneakers", "Zapatillas", "Baskets"}, {"休闲运动鞋", "Sneakers", "Zapatillas de calle", "Baskets"}, F::shoes, {audience, leather, shoe_size, colour}, 28, 150, "01235abcy", true, true},
    {{"靴子", "Boots", "Botas", "Bottes"}, {"短靴", "Ankle Boots", "Botines", "Bottines"}, F::shoes, {audience, leather, shoe_size, colour}, 40, 250, "0145byz", true, true},
    {{"凉鞋", "Sandals", "Sandalias", "Sandales"}, {"凉鞋", "Sandals", "Sandalias", "Sandales"}, F::shoes, {audience, leather, shoe_size, colour}, 15, 110, "0135ay", true, true},
    {{"拖鞋", "Slippers", "Zapatillas de casa", "Pantoufles"}, {"居家拖鞋", "House Slippers", "Zapatillas de casa", "Pantoufles"}, F::shoes, {audience, shoe_size, colour}, 8, 45, "145a-", true, true},
};
constexpr Leaf kBags[] = {
    {{"双肩包", "Backpacks", "Mochilas", "Sacs à dos"}, {"双肩包", "Backpack", "Mochila", "Sac à dos"}, F::bags, {leather, bag_capacity, colour}, 20, 160, "01abc"},
    {{"手提包", "Handbags", "Bolsos", "Sacs à main"}, {"手提包", "Handbag", "Bolso de mano", "Sac à main"}, F::bags, {leather, colour}, 25, 350, "024a"},
    {{"行李箱", "Suitcases", "Maletas", "Valises"}, {"行李箱", "Suitcase", "Maleta", "Valise"}, F::bags, {plastic, bag_capacity, colour}, 45, 350, "35axz"},
    {{"钱包", "Wallets", "Carteras", "Portefeuilles"}, {"钱包", "Wallet", "Cartera", "Portefeuille"}, F::bags, {audience, leather, colour}, 12, 120, "04z"},
};
constexpr Leaf kAccessories[] = {
    {{"腰带", "Belts", "Cinturones", "Ceintures"}, {"腰带", "Belt", "Cinturón", "Ceinture"}, F::accessories, {audience, leather, colour}, 10, 80, "15aby"},
    {{"围巾", "Scarves", "Bufandas", "Écharpes"}, {"围巾", "Scarf", "Bufanda", "Écharpe"}, F::accessories, {fabric, pattern, colour}, 10, 90, "abxyz"},
    {{"帽子", "Hats", "Sombreros y gorras", "Chapeaux et casquettes"}, {"棒球帽", "Baseball Cap", "Gorra", "Casquette"}, F::accessories, {audience, fabric, colour}, 8, 45, "05abcxyz"},
    {{"太阳镜", "Sunglasses", "Gafas de sol", "Lunettes de soleil"}, {"太阳镜", "Sunglasses", "Gafas de sol", "Lunettes de soleil"}, F::accessories, {audience, metal, colour}, 12, 160, "0abxy", true, true},
    {{"手套", "Gloves", "Guantes", "Gants"}, {"手套", "Gloves", "Guantes", "Gants"}, F::accessories, {audience, fabric, clothing_size, colour}, 8, 60, "235abxy", true, true},
    {{"雨伞", "Umbrellas", "Paraguas", "Parapluies"}, {"雨伞", "Umbrella", "Paraguas", "Parapluie"}, F::accessories, {pattern, colour}, 10, 50, "04abxyz"},
};
constexpr Leaf kJewellery[] = {
    {{"项链", "Necklaces", "Collares", "Colliers"}, {"项链", "Necklace", "Collar", "Collier"}, F::jewellery, {precious_metal}, 15, 250, "012345abc"},
    {{"耳环", "Earrings", "Pendientes", "Boucles d'oreilles"}, {"耳环", "Earrings", "Pendientes", "Boucles d'oreilles"}, F::jewellery, {precious_metal}, 10, 180, "0124abc", true, true},
    {{"戒指", "Rings", "Anillos", "Bagues"}, {"戒指", "Ring", "Anillo", "Bague"}, F::jewellery, {precious_metal}, 15, 300, "0234abc"},
    {{"手链", "Bracelets", "Pulseras", "Bracelets"}, {"手链", "Bracelet", "Pulsera", "Bracelet"}, F::jewellery, {audience, precious_metal}, 12, 220, "012345abc"},
};
constexpr Leaf kSkinCare[] = {
    {{"面霜", "Face Creams", "Cremas faciales", "Crèmes visage"}, {"面霜", "Face Cream", "Crema facial", "Crème visage"}, F::skin_care, {bottle_volume, scent}, 10, 90, "01235abc"},
    {{"防晒霜", "Sunscreens", "Protectores solares", "Crèmes solaires"}, {"防晒霜", "Sunscreen", "Protector solar", "Crème solaire"}, F::skin_care, {bottle_volume, scent}, 8, 50, "0124bc"},
    {{"面膜", "Face Masks", "Mascarillas faciales", "Masques visage"}, {"面膜", "Face Mask", "Mascarilla facial", "Masque visage"}, F::skin_care, {pack, scent}, 5, 45, "01235abc"},
    {{"洁面乳", "Cleansers", "Limpiadores faciales", "Nettoyants visage"}, {"洁面乳", "Face Cleanser", "Limpiador facial", "Nettoyant visage"}, F::skin_care, {bottle_volume, scent}, 6, 45, "0235bc"},
};
constexpr Leaf kHairCare[] = {
    {{"洗发水", "Shampoos", "Champús", "Shampoings"}, {"洗发水", "Shampoo", "Champú", "Shampoing"}, F::hair_care, {bottle_volume, scent}, 6, 40, "235abc"},
    {{"吹风机", "Hair Dryers", "Secadores de pelo", "Sèche-cheveux"}, {"吹风机", "Hair Dryer", "Secador de pelo", "Sèche-cheveux"}, F::hair_care, {kitchen_power, colour}, 20, 220, "014ab"},
    {{"直发器", "Hair Straighteners", "Planchas de pelo", "Lisseurs"}, {"直发器", "Hair Straightener", "Plancha de pelo", "Lisseur"}, F::hair_care, {mains_voltage, colour}, 18, 150, "01abx"},
};
constexpr Leaf kHealth[] = {
    {{"电动牙刷", "Electric Toothbrushes", "Cepillos de dientes eléctricos", "Brosses à dents électriques"}, {"电动牙刷", "Electric Toothbrush", "Cepillo de dientes eléctrico", "Brosse à dents électrique"}, F::health, {pack, colour}, 18, 150, "345abcx"},
    {{"剃须刀", "Electric Shavers", "Afeitadoras", "Rasoirs électriques"}, {"电动剃须刀", "Electric Shaver", "Afeitadora eléctrica", "Rasoir électrique"}, F::health, {connection, colour}, 25, 200, "345abx"},
    {{"血压计", "Blood Pressure Monitors", "Tensiómetros", "Tensiomètres"}, {"血压计", "Blood Pressure Monitor", "Tensiómetro", "Tensiomètre"}, F::health, {connection, colour}, 20, 90, "012bcxy"},
    {{"体温计", "Thermometers", "Termómetros", "Thermomètres"}, {"红外体温计", "Infrared Thermometer", "Termómetro infrarrojo", "Thermomètre infrarouge"}, F::health, {age, colour}, 12, 60, "012bxy"},
    {{"筋膜枪", "Massage Guns", "Pistolas de masaje", "Pistolets de massage"}, {"筋膜枪", "Massage Gun", "Pistola de masaje", "Pistolet de massage"}, F::health, {tool_voltage, colour}, 30, 200, "345abz"},
};
constexpr Leaf kBaby[] = {
    {{"婴儿推车", "Strollers", "Cochecitos de bebé", "Poussettes"}, {"婴儿推车", "Stroller", "Cochecito de bebé", "Poussette"}, F::baby, {age, metal, colour}, 80, 600, "0145abxyz"},
    {{"奶瓶", "Baby Bottles", "Biberones", "Biberons"}, {"婴儿奶瓶", "Baby Bottle", "Biberón", "Biberon"}, F::baby, {age, plastic, pack}, 8, 45, "2xz"},
    {{"妈咪包", "Diaper Bags", "Bolsos para pañales", "Sacs à langer"}, {"妈咪包", "Diaper Bag", "Bolso para pañales", "Sac à langer"}, F::baby, {bag_capacity, colour}, 25, 120, "3axy"},
    {{"婴儿背带", "Baby Carriers", "Portabebés", "Porte-bébés"}, {"婴儿背带", "Baby Carrier", "Portabebés", "Porte-bébé"}, F::baby, {age, fabric, colour}, 30, 180, "45acxyz"},
};
constexpr Leaf kToys[] = {
    {{"积木", "Building Blocks", "Bloques de construcción", "Jeux de construction"}, {"积木套装", "Building Block Set", "Juego de bloques de construcción", "Jeu de construction"}, F::toys, {age, pieces}, 12, 120, "124abcxyz"},
    {{"拼图", "Jigsaw Puzzles", "Rompecabezas", "Puzzles"}, {"拼图", "Jigsaw Puzzle", "Rompecabezas", "Puzzle"}, F::toys, {age, pieces, wood}, 8, 50, "125abxy"},
    {{"毛绒玩具", "Plush Toys", "Peluches", "Peluches"}, {"毛绒玩具熊", "Teddy Bear", "Oso de peluche", "Ours en peluche"}, F::toys, {age, pan_diameter, colour}, 8, 60, "0by"},
    {{"遥控车", "Remote-Control Cars", "Coches teledirigidos", "Voitures télécommandées"}, {"遥控汽车", "Remote-Control Car", "Coche teledirigido", "Voiture télécommandée"}, F::toys, {age, colour}, 18, 140, "03y"},
    {{"桌游", "Board Games", "Juegos de mesa", "Jeux de société"}, {"桌面游戏", "Board Game", "Juego de mesa", "Jeu de société"}, F::toys, {age, pieces}, 12, 70, "245axy"},
};
constexpr Leaf kFitness[] = {
    {{"瑜伽垫", "Yoga Mats", "Esterillas de yoga", "Tapis de yoga"}, {"瑜伽垫", "Yoga Mat", "Esterilla de yoga", "Tapis de yoga"}, F::fitness, {table_length, colour}, 12, 90, "015abxy"},
    {{"哑铃", "Dumbbells", "Mancuernas", "Haltères"}, {"哑铃", "Dumbbell", "Mancuerna", "Haltère"}, F::fitness, {dumbbell_weight, pack, colour}, 12, 150, "02cxz"},
    {{"弹力带", "Resistance Bands", "Bandas elásticas", "Bandes élastiques"}, {"弹力带套装", "Resistance Band Set", "Juego de bandas elásticas", "Ensemble de bandes élastiques"}, F::fitness, {pack, colour}, 8, 45, "15xyz"},
    {{"跑步机", "Treadmills", "Cintas de correr", "Tapis de course"}, {"跑步机", "Treadmill", "Cinta de correr", "Tapis de course"}, F::fitness, {mains_voltage, colour}, 200, 1200, "34bx"},
    {{"跳绳", "Jump Ropes", "Cuerdas de saltar", "Cordes à sauter"}, {"跳绳", "Jump Rope", "Cuerda de saltar", "Corde à sauter"}, F::fitness, {cable_length, colour}, 5, 30, "05cx"},
};
constexpr Leaf kCamping[] = {
    {{"帐篷", "Tents", "Tiendas de campaña", "Tentes"}, {"露营帐篷", "Camping Tent", "Tienda de campaña", "Tente de camping"}, F::camping, {tent_places, colour}, 45, 500, "015abcxz"},
    {{"睡袋", "Sleeping Bags", "Sacos de dormir", "Sacs de couchage"}, {"睡袋", "Sleeping Bag", "Saco de dormir", "Sac de couchage"}, F::camping, {fabric, colour}, 25, 220, "3abxyz"},
    {{"露营炉", "Camping Stoves", "Hornillos de camping", "Réchauds de camping"}, {"露营炉具", "Camping Stove", "Hornillo de camping", "Réchaud de camping"}, F::camping, {metal}, 18, 120, "2acxyz"},
    {{"头灯", "Headlamps", "Linternas frontales", "Lampes frontales"}, {"头灯", "Headlamp", "Linterna frontal", "Lampe frontale"}, F::camping, {lumens, colour}, 10, 80, "4abxy"},
};
constexpr Leaf kCycling[] = {
    {{"骑行头盔", "Bicycle Helmets", "Cascos de bicicleta", "Casques de vélo"}, {"骑行头盔", "Bicycle Helmet", "Casco de bicicleta", "Casque de vélo"}, F::cycling, {audience, clothing_size, colour}, 20, 180, "015ac"},
    {{"自行车灯", "Bike Lights", "Luces de bicicleta", "Éclairages de vélo"}, {"自行车前灯", "Bike Light", "Luz de bicicleta", "Éclairage de vélo"}, F::cycling, {lumens, colour}, 10, 80, "23abxz"},
    {{"自行车锁", "Bike Locks", "Candados de bicicleta", "Antivols de vélo"}, {"自行车锁", "Bike Lock", "Candado de bicicleta", "Antivol de vélo"}, F::cycling, {cable_length, colour}, 10, 90, "24x"},
};
constexpr Leaf kBallSports[] = {
    {{"足球", "Footballs", "Balones de fútbol", "Ballons de football"}, {"足球", "Football", "Balón de fútbol", "Ballon de football"}, F::ball_sports, {colour}, 12, 80, "235abcyz"},
    {{"羽毛球拍", "Badminton Rackets", "Raquetas de bádminton", "Raquettes de badminton"}, {"羽毛球拍", "Badminton Racket", "Raqueta de bádminton", "Raquette de badminton"}, F::ball_sports, {pack, colour}, 15, 160, "134abcxyz"},
    {{"网球拍", "Tennis Rackets", "Raquetas de tenis", "Raquettes de tennis"}, {"网球拍", "Tennis Racket", "Raqueta de tenis", "Raquette de tennis"}, F::ball_sports, {metal, colour}, 25, 220, "134abcxyz"},
    {{"泳镜", "Swimming Goggles", "Gafas de natación", "Lunettes de natation"}, {"泳镜", "Swimming Goggles", "Gafas de natación", "Lunettes de natation"}, F::ball_sports, {audience, colour}, 8, 50, "03abcyz", true, true},
};
constexpr Leaf kPowerTools[] = {
    {{"电钻", "Drills", "Taladros", "Perceuses"}, {"无绳电钻", "Cordless Drill", "Taladro sin cable", "Perceuse sans fil"}, F::power_tools, {tool_voltage, colour}, 40, 250, "01235abcxy"},
    {{"角磨机", "Angle Grinders", "Amoladoras", "Meuleuses"}, {"角磨机", "Angle Grinder", "Amoladora angular", "Meuleuse d'angle"}, F::power_tools, {tool_voltage, kitchen_power}, 35, 220, "01345acz"},
    {{"电圆锯", "Circular Saws", "Sierras circulares", "Scies circulaires"}, {"电圆锯", "Circular Saw", "Sierra circular", "Scie circulaire"}, F::power_tools, {tool_voltage, kitchen_power}, 50, 300, "01345acxy"},
};
constexpr Leaf kHandTools[] = {
    {{"螺丝刀", "Screwdrivers", "Destornilladores", "Tournevis"}, {"螺丝刀套装", "Screwdriver Set", "Juego de destornilladores", "Jeu de tournevis"}, F::hand_tools, {pieces, metal}, 10, 70, "0123abxz"},
    {{"扳手", "Wrenches", "Llaves inglesas", "Clés à molette"}, {"活动扳手", "Adjustable Wrench", "Llave inglesa", "Clé à molette"}, F::hand_tools, {metal, pan_diameter}, 8, 60, "03acxy"},
    {{"锤子", "Hammers", "Martillos", "Marteaux"}, {"羊角锤", "Claw Hammer", "Martillo de uña", "Marteau arrache-clou"}, F::hand_tools, {metal}, 10, 50, "034cx"},
    {{"卷尺", "Tape Measures", "Cintas métricas", "Mètres rubans"}, {"卷尺", "Tape Measure", "Cinta métrica", "Mètre ruban"}, F::hand_tools, {hose_length, colour}, 5, 30, "5acx"},
};
constexpr Leaf kGarden[] = {
    {{"水管", "Garden Hoses", "Mangueras", "Tuyaux d'arrosage"}, {"花园水管", "Garden Hose", "Manguera de jardín", "Tuyau d'arrosage"}, F::garden, {hose_length, colour}, 18, 100, "035acyz"},
    {{"修枝剪", "Pruning Shears", "Tijeras de podar", "Sécateurs"}, {"修枝剪", "Pruning Shears", "Tijeras de podar", "Sécateur"}, F::garden, {metal}, 10, 60, "14bcx", true},
    {{"割草机", "Lawn Mowers", "Cortacéspedes", "Tondeuses"}, {"割草机", "Lawn Mower", "Cortacésped", "Tondeuse à gazon"}, F::garden, {tool_voltage, colour}, 120, 700, "14by"},
    {{"花盆", "Plant Pots", "Macetas", "Pots de fleurs"}, {"花盆", "Plant Pot", "Maceta", "Pot de fleurs"}, F::garden, {ceramic, pan_diameter, colour}, 8, 70, "23bcx"},
    {{"洒水壶", "Watering Cans", "Regaderas", "Arrosoirs"}, {"洒水壶", "Watering Can", "Regadera", "Arrosoir"}, F::garden, {metal, pot_capacity, colour}, 10, 50, "3bcxz"},
};
constexpr Leaf kPets[] = {
    {{"宠物窝", "Pet Beds", "Camas para mascotas", "Paniers pour animaux"}, {"狗窝", "Dog Bed", "Cama para perro", "Panier pour chien"}, F::pets, {natural_fibre, table_length, colour}, 20, 120, "0abxz"},
    {{"牵引绳", "Leashes", "Correas", "Laisses"}, {"狗牵引绳", "Dog Leash", "Correa para perro", "Laisse pour chien"}, F::pets, {cable_length, colour}, 8, 45, "1cxz"},
    {{"猫爬架", "Cat Trees", "Árboles para gatos", "Arbres à chat"}, {"猫爬架", "Cat Tree", "Árbol para gatos", "Arbre à chat"}, F::pets, {wood, table_length, colour}, 35, 220, "04ay"},
    {{"宠物喂食器", "Pet Feeders", "Comederos automáticos", "Distributeurs de croquettes"}, {"自动喂食器", "Automatic Pet Feeder", "Comedero automático", "Distributeur de croquettes"}, F::pets, {pot_capacity, connection, colour}, 30, 150, "2xyz"},
    {{"宠物饮水机", "Pet Fountains", "Fuentes para mascotas", "Fontaines pour animaux"}, {"宠物饮水机", "Pet Water Fountain", "Fuente de agua para mascotas", "Fontaine à eau pour animaux"}, F::pets, {pot_capacity, ceramic, colour}, 18, 80, "35bxy"},
};
constexpr Leaf kCar[] = {
    {{"车载支架", "Car Phone Mounts", "Soportes de móvil para coche", "Supports de téléphone auto"}, {"车载手机支架", "Car Phone Mount", "Soporte de móvil para coche", "Support de téléphone auto"}, F::car, {plastic, colour}, 8, 45, "14ax"},
    {{"行车记录仪", "Dash Cams", "Cámaras de salpicadero", "Caméras embarquées"}, {"行车记录仪", "Dash Cam", "Cámara de salpicadero", "Caméra embarquée"}, F::car, {disk_storage, connection}, 35, 250, "05x"},
    {{"充气泵", "Tyre Inflators", "Infladores de neumáticos", "Gonfleurs de pneus"}, {"轮胎充气泵", "Tyre Inflator", "Inflador de neumáticos", "Gonfleur de pneus"}, F::car, {tool_voltage, colour}, 25, 120, "23bxy"},
    {{"启动电源", "Jump Starters", "Arrancadores de batería", "Boosters de batterie"}, {"汽车应急启动电源", "Jump Starter", "Arrancador de batería", "Booster de batterie"}, F::car, {power_bank_battery, colour}, 40, 180, "3bcy"},
    {{"汽车脚垫", "Car Mats", "Alfombrillas de coche", "Tapis de voiture"}, {"汽车脚垫", "Car Floor Mat", "Alfombrilla de coche", "Tapis de voiture"}, F::car, {leather, pack, colour}, 20, 120, "4acz"},
};
constexpr Leaf kStationery[] = {
    {{"笔记本", "Notebooks", "Cuadernos", "Carnets"}, {"笔记本", "Notebook", "Cuaderno", "Carnet"}, F::office, {leather, pack, colour}, 4, 35, "0abxz"},
    {{"钢笔", "Fountain Pens", "Plumas estilográficas", "Stylos plume"}, {"钢笔", "Fountain Pen", "Pluma estilográfica", "Stylo plume"}, F::office, {metal, colour}, 8, 120, "1abxz"},
    {{"笔袋", "Pencil Cases", "Estuches", "Trousses"}, {"笔袋", "Pencil Case", "Estuche escolar", "Trousse"}, F::office, {fabric, pattern, colour}, 4, 25, "2bcx"},
    {{"订书机", "Staplers", "Grapadoras", "Agrafeuses"}, {"订书机", "Stapler", "Grapadora", "Agrafeuse"}, F::office, {metal, colour}, 5, 30, "5ax"},
};
constexpr Leaf kOffice[] = {
    {{"碎纸机", "Paper Shredders", "Destructoras de papel", "Destructeurs de documents"}, {"碎纸机", "Paper Shredder", "Destructora de papel", "Destructeur de documents"}, F::office, {mains_voltage, bag_capacity, colour}, 40, 250, "3cy"},
    {{"白板", "Whiteboards", "Pizarras blancas", "Tableaux blancs"}, {"白板", "Whiteboard", "Pizarra blanca", "Tableau blanc"}, F::office, {table_length, metal}, 20, 150, "4xy"},
    {{"桌面收纳", "Desk Organisers", "Organizadores de escritorio", "Organiseurs de bureau"}, {"桌面收纳盒", "Desk Organiser", "Organizador de escritorio", "Organiseur de bureau"}, F::office, {wood, colour}, 10, 60, "2bcx"},
};
constexpr Leaf kDrinks[] = {
    {{"绿茶", "Green Teas", "Tés verdes", "Thés verts"}, {"绿茶", "Green Tea", "Té verde", "Thé vert"}, F::food, {flavour, food_weight}, 6, 40, "1235bc"},
    {{"红茶", "Black Teas", "Tés negros", "Thés noirs"}, {"红茶", "Black Tea", "Té negro", "Thé noir"}, F::food, {flavour, food_weight}, 6, 40, "1235bc"},
    {{"咖啡豆", "Coffee Beans", "Café en grano", "Café en grains"}, {"咖啡豆", "Coffee Beans", "Café en grano", "Café en grains"}, F::food, {flavour, food_weight}, 8, 35, "235abyz"},
};
constexpr Leaf kSnacks[] = {
    {{"巧克力", "Chocolates", "Chocolates", "Chocolats"}, {"黑巧克力", "Dark Chocolate", "Chocolate negro", "Chocolat noir"}, F::food, {flavour, food_weight, pack}, 4, 30, "0234abcxz"},
    {{"坚果", "Nuts", "Frutos secos", "Fruits secs"}, {"混合坚果", "Mixed Nuts", "Mezcla de frutos secos", "Mélange de noix"}, F::food, {flavour, food_weight}, 6, 35, "025bcxz"},
    {{"蜂蜜", "Honey", "Miel", "Miel"}, {"蜂蜜", "Honey", "Miel", "Miel"}, F::food, {food_weight, pack}, 6, 40, "34aby"},
    {{"饼干", "Biscuits", "Galletas", "Biscuits"}, {"黄油饼干", "Butter Biscuits", "Galletas de mantequilla", "Biscuits au beurre"}, F::food, {flavour, food_weight, pack}, 4, 25, "014abcxz", true, true},
    {{"橄榄油", "Olive Oils", "Aceites de oliva", "Huiles d'olive"}, {"特级初榨橄榄油", "Extra Virgin Olive Oil", "Aceite de oliva virgen extra", "Huile d'olive vierge extra"}, F::food, {bottle_volume, pack}, 8, 45, "34abcz"},
};

constexpr Group kElectronics[] = {
    {{"手机与配件", "Phones & Accessories", "Móviles y accesorios", "Téléphones et accessoires"}, kPhones},
    {{"电脑与外设", "Computers & Peripherals", "Ordenadores y periféricos", "Ordinateurs et périphériques"}, kComputers},
    {{"影音设备", "Audio", "Audio", "Audio"}, kAudio},
    {{"电视与摄影", "TV & Cameras", "Televisión y cámaras", "Télévision et caméras"}, kVideo},
    {{"智能穿戴", "Wearables", "Tecnología para llevar", "Objets connectés"}, kWearables}};
constexpr Group kAppliances[] = {
    {{"厨房电器", "Kitchen Appliances", "Electrodomésticos de cocina", "Électroménager de cuisine"}, kKitchenAppliances},
    {{"清洁电器", "Floor & Garment Care", "Limpieza y cuidado de la ropa", "Entretien de la maison et du linge"}, kCleaning},
    {{"环境电器", "Heating & Air", "Climatización", "Chauffage et traitement de l'air"}, kClimate}};
constexpr Group kKitchen[] = {
    {{"锅具刀具", "Cookware & Knives", "Ollas, sartenes y cuchillos", "Casseroles, poêles et couteaux"}, kCookware},
    {{"餐具", "Tableware", "Vajilla", "Vaisselle"}, kTableware},
    {{"水具与收纳", "Bottles & Food Storage", "Botellas y recipientes", "Gourdes et boîtes"}, kDrinkware}};
constexpr Group kHome[] = {
    {{"家具", "Furniture", "Muebles", "Meubles"}, kFurniture},
    {{"家纺", "Home Textiles", "Textiles del hogar", "Linge de maison"}, kTextiles},
    {{"灯饰与装饰", "Lighting & Decor", "Iluminación y decoración", "Éclairage et décoration"}, kLighting}};
constexpr Group kClothing[] = {
    {{"上衣", "Tops", "Partes de arriba", "Hauts"}, kTops},
    {{"裤装与裙装", "Bottoms", "Partes de abajo", "Bas"}, kBottoms},
    {{"外套与连衣裙", "Outerwear & Dresses", "Abrigos y vestidos", "Manteaux et robes"}, kOuterwear}};
constexpr Group kFashion[] = {
    {{"鞋", "Shoes", "Calzado", "Chaussures"}, kShoes},
    {{"箱包", "Bags & Luggage", "Bolsos y equipaje", "Sacs et bagages"}, kBags},
    {{"配饰", "Accessories", "Complementos", "Accessoires"}, kAccessories},
    {{"珠宝首饰", "Jewellery", "Joyería", "Bijoux"}, kJewellery}};
constexpr Group kBeauty[] = {
    {{"护肤", "Skin Care", "Cuidado de la piel", "Soins de la peau"}, kSkinCare},
    {{"护发", "Hair Care", "Cuidado del cabello", "Soins des cheveux"}, kHairCare},
    {{"个护健康", "Personal Care & Health", "Cuidado personal y salud", "Hygiène et santé"}, kHealth}};
constexpr Group kFamily[] = {
    {{"婴儿用品", "Baby Gear", "Artículos para bebé", "Articles pour bébé"}, kBaby},
    {{"玩具", "Toys & Games", "Juguetes y juegos", "Jouets et jeux"}, kToys}};
constexpr Group kSports[] = {
    {{"健身器材", "Fitness", "Fitness", "Fitness"}, kFitness},
    {{"露营装备", "Camping", "Camping", "Camping"}, kCamping},
    {{"骑行装备", "Cycling", "Ciclismo", "Cyclisme"}, kCycling},
    {{"球类与游泳", "Ball Sports & Swimming", "Deportes de pelota y natación", "Sports de balle et natation"}, kBallSports}};
constexpr Group kTools[] = {
    {{"电动工具", "Power Tools", "Herramientas eléctricas", "Outils électriques"}, kPowerTools},
    {{"手动工具", "Hand Tools", "Herramientas manuales", "Outils à main"}, kHandTools},
    {{"园艺", "Gardening", "Jardinería", "Jardinage"}, kGarden}};
constexpr Group kPetSupplies[] = {{{"宠物生活", "Pet Living", "Vida con mascotas", "Vie des animaux"}, kPets}};
constexpr Group kAutomotive[] = {{{"车载用品", "Car Accessories", "Accesorios para el coche", "Accessoires auto"}, kCar}};
constexpr Group kOfficeSupplies[] = {
    {{"文具", "Stationery", "Papelería", "Papeterie"}, kStationery},
    {{"办公设备", "Office Equipment", "Equipos de oficina", "Équipement de bureau"}, kOffice}};
constexpr Group kGroceries[] = {
    {{"茶与咖啡", "Tea & Coffee", "Té y café", "Thé et café"}, kDrinks},
    {{"零食与食品", "Snacks & Pantry", "Aperitivos y despensa", "En-cas et épicerie"}, kSnacks}};

constexpr Department kDepartments[] = {
    {{"电子产品", "Electronics", "Electrónica", "Électronique"}, kElectronics},
    {{"家用电器", "Home Appliances", "Electrodomésticos", "Électroménager"}, kAppliances},
    {{"厨房与餐饮", "Kitchen & Dining", "Cocina y mesa", "Cuisine et table"}, kKitchen},
    {{"家居", "Home & Furniture", "Hogar y muebles", "Maison et meubles"}, kHome},
    {{"服装", "Clothing", "Ropa", "Vêtements"}, kClothing},
    {{"鞋包配饰", "Shoes, Bags & Accessories", "Calzado, bolsos y complementos", "Chaussures, sacs et accessoires"}, kFashion},
    {{"美妆与健康", "Beauty & Health", "Belleza y salud", "Beauté et santé"}, kBeauty},
    {{"母婴与玩具", "Baby & Toys", "Bebé y juguetes", "Bébé et jouets"}, kFamily},
    {{"运动与户外", "Sports & Outdoors", "Deporte y aire libre", "Sport et plein air"}, kSports},
    {{"工具与园艺", "Tools & Garden", "Herramientas y jardín", "Outils et jardin"}, kTools},
    {{"宠物用品", "Pet Supplies", "Mascotas", "Animalerie"}, kPetSupplies},
    {{"汽车用品", "Automotive", "Automóvil", "Automobile"}, kAutomotive},
    {{"办公与文具", "Office & Stationery", "Oficina y papelería", "Bureau et papeterie"}, kOfficeSupplies},
    {{"食品饮料", "Food & Drink", "Alimentación y bebidas", "Alimentation et boissons"}, kGroceries},
};

constexpr std::string_view kBrands[] = {
    "Velmoriq", "Tarquelo", "Onivexa", "Brellund", "Quorvane", "Zephrani", "Luxhavo", "Mirabexo", "Novelquin", "Pelstrom", "Orbelline", "Kestravo", "Halvereth", "Juniquor",
    "Solvendra", "Tindreva", "Ombrelix", "Farrowick", "Glenmorvo", "Istravane", "Caldrexa", "Wenzolo", "Arbolique", "Dovrenna", "Eskaline", "Fjellaro", "Yurvento", "Marquessin",
    "Nebrasol", "Plumeroa", "Quillavon", "Rovendale", "Sandrivo", "Tesselume", "Ulvarine", "Vantorelle", "Xanderoo", "Zolvarra", "Birkanova", "Cendrelot", "Elmstrava", "Girondelo",
};
constexpr std::string_view kTechnicalSeries[] = {"A3", "A5", "A7", "B2", "B8", "C1", "E6", "F9", "G4", "K10", "K30", "M5", "M12", "N1", "N8", "P20", "Q7", "R3", "R6", "S9", "T1", "T15", "V2", "V8", "X4", "X40", "Z1", "Z5", "Pro 2", "Pro 5", "Max 3", "Mini 4", "Lite 7", "Air 6", "Neo 3", "Plus 8"};
constexpr std::string_view kCollectionSeries[] = {"Alba", "Aura", "Bosco", "Brisa", "Cala", "Calma", "Cielo", "Dune", "Faro", "Flora", "Fjord", "Hana", "Isla", "Iris", "Kumo", "Lago", "Lino", "Luna", "Mira", "Nori", "Nova", "Onda", "Opal", "Petra", "Rio", "Rosa", "Sauge", "Sena", "Sierra", "Sora", "Terra", "Umi", "Vela", "Vida", "Yuki", "Zen"};
// Those of food and cosmetics come first.
constexpr Word kServices[] = {
    {"海外仓发货，三到五天送达。", "Ships from a local warehouse in three to five days.", "Envío desde un almacén local en tres a cinco días.", "Expédition depuis un entrepôt local en trois à cinq jours."},
    {"环保包装，不含塑料。", "Packed without plastic.", "Embalaje sin plástico.", "Emballage sans plastique."},
    {"全球发货，可追踪物流。", "Tracked shipping worldwide.", "Envío internacional con seguimiento.", "Livraison internationale avec suivi."},
    {"支持三十天内免费退货。", "Free returns within 30 days.", "Devoluciones gratuitas durante 30 días.", "Retours gratuits sous 30 jours."},
    {"享受两年质保。", "Two-year warranty included.", "Incluye dos años de garantía.", "Garantie de deux ans incluse."},
    {"附多语言说明书。", "Comes with instructions in several languages.", "Incluye instrucciones en varios idiomas.", "Livré avec une notice en plusieurs langues."},
};
// clang-format on

}  // namespace

std::span<const Department> departments() {
  return kDepartments;
}
std::span<const std::string_view> brands() {
  return kBrands;
}
std::span<const std::string_view> technical_series() {
  return kTechnicalSeries;
}
std::span<const std::string_view> collection_series() {
  return kCollectionSeries;
}
std::span<const Word> service_sentences() {
  return kServices;
}

}  // namespace kindred::catalog
