//! Turkey, Greece and the Arabic-speaking countries.

use super::{Habit, Names};

pub(super) const TURKISH: Names = Names {
    female: "Aslı, Ayça, Ayşegül, Bahar, Başak, Buse, Canan, Çiğdem, Defne, Derya, Ebru, Elif, Esra, Fatma, \
        Gamze, Gizem, Gökçe, Gülşen, Hülya, Ilgın, Işıl, İpek, Melis, Meltem, Müge, Nazlı, Nilüfer, Özge, \
        Pınar, Selin, Sıla, Şebnem, Şule, Tuğba, Yağmur, Yasemin, Zeynep",
    male: "Ahmet, Alper, Barış, Berk, Burak, Çağlar, Can, Cem, Deniz, Doğukan, Emre, Engin, Erkan, Fırat, \
        Furkan, Gökhan, Hakan, Halil, Hüseyin, Ilgaz, İbrahim, İlker, İsmail, Kerem, Kıvanç, Mehmet Ali, \
        Mert, Murat, Oğuz, Onur, Ömer, Özgür, Selçuk, Serkan, Süleyman, Taylan, Tolga, Tuncay, Uğur, Ümit, \
        Yiğit",
    family: "Acar, Akbulut, Aksoy, Aktaş, Altıntaş, Arslan, Aydın, Bıçakçı, Bozkurt, Bulut, Çakır, Çelik, \
        Çetin, Çınar, Demir, Doğan, Ekşi, Erdem, Eroğlu, Güler, Güneş, Ilıcak, Işık, İlhan, İnan, Karadağ, \
        Karakuş, Kaya, Keskin, Kılıç, Koçak, Korkmaz, Öz, Özbek, Özdemir, Öztürk, Polat, Sarı, Soylu, Şahin, \
        Şimşek, Taşkın, Tekin, Türkmen, Uçar, Uysal, Ünal, Yalçın, Yıldırım, Yıldız, Yılmaz, Yücel",
    family_female: "",
    called: "Mehmet Ali=Mali, İbrahim=İbo, Ayşegül=Ayşe, Süleyman=Sülo, Nilüfer=Nil, Yasemin=Yase",
    habits: &[(15, Habit::TwoFamilyNames(" "))],
};

pub(super) const GREEK: Names = Names {
    female: "Aikaterini, Alexandra, Anastasia, Angeliki, Antigoni, Athina, Chrysoula, Despina, Dimitra, \
        Eirini, Eleftheria, Evangelia, Fotini, Ioanna, Kalliopi, Konstantina, Kyriaki, Paraskevi, Stavroula, \
        Theodora, Vasiliki",
    male: "Alexandros, Anastasios, Angelos, Apostolos, Athanasios, Charalampos, Christos, Dimitrios, \
        Emmanouil, Evangelos, Georgios, Grigorios, Ioannis, Konstantinos, Michail, Nikolaos, Panagiotis, \
        Petros, Spyridon, Stavros, Theodoros, Vasileios",
    family: "Alexiou, Anagnostopoulos, Athanasiadis, Chatzidakis, Christodoulou, Dimopoulos, Economou, \
        Filippidis, Georgiadis, Giannopoulos, Ioannidis, Kalogeropoulos, Karagiannis, Katsaros, \
        Konstantinidis, Kyriakou, Lambropoulos, Makris, Nikolaidis, Panagiotopoulos, Papadakis, \
        Papadopoulos, Pappas, Stathopoulos, Theodorou, Vlachos",
    family_female: "Alexiou, Anagnostopoulou, Athanasiadi, Chatzidaki, Christodoulou, Dimopoulou, Economou, \
        Filippidou, Georgiadou, Giannopoulou, Ioannidou, Kalogeropoulou, Karagianni, Katsarou, \
        Konstantinidou, Kyriakou, Lambropoulou, Makri, Nikolaidou, Panagiotopoulou, Papadaki, Papadopoulou, \
        Pappa, Stathopoulou, Theodorou, Vlachou",
    called: "Aikaterini=Katerina, Charalampos=Babis, Evangelos=Vangelis, Konstantinos=Kostas, \
        Panagiotis=Takis, Paraskevi=Voula, Spyridon=Spyros, Vasiliki=Vaso, Ioannis=Giannis, \
        Emmanouil=Manolis, Athanasios=Thanasis",
    habits: &[(60, Habit::TwoFamilyNames("-"))],
};

pub(super) const GREEK_SCRIPT: Names = Names {
    female: "Αικατερίνη, Αγγελική, Δήμητρα, Ειρήνη, Ελευθερία, Ιωάννα, Κωνσταντίνα, Σταυρούλα, Φωτεινή, \
        Χρυσούλα",
    male: "Αλέξανδρος, Βασίλειος, Γεώργιος, Δημήτριος, Θεόδωρος, Κωνσταντίνος, Μιχαήλ, Νικόλαος, Πέτρος, \
        Σπυρίδων",
    family: "Αθανασιάδης, Αλεξίου, Γεωργιάδης, Δημόπουλος, Ιωαννίδης, Καραγιάννης, Μακρής, Οικονόμου, \
        Παπαδάκης, Βλάχος",
    family_female: "Αθανασιάδη, Αλεξίου, Γεωργιάδου, Δημοπούλου, Ιωαννίδου, Καραγιάννη, Μακρή, Οικονόμου, \
        Παπαδάκη, Βλάχου",
    called: "Αικατερίνη=Katerina, Αγγελική=Angeliki, Δήμητρα=Dimitra, Ειρήνη=Eirini, Ελευθερία=Eleftheria, \
        Ιωάννα=Ioanna, Κωνσταντίνα=Konstantina, Σταυρούλα=Stavroula, Φωτεινή=Fotini, Χρυσούλα=Chrysoula, \
        Αλέξανδρος=Alexandros, Βασίλειος=Vasilis, Γεώργιος=Giorgos, Δημήτριος=Dimitris, Θεόδωρος=Thodoris, \
        Κωνσταντίνος=Kostas, Μιχαήλ=Michalis, Νικόλαος=Nikos, Πέτρος=Petros, Σπυρίδων=Spyros",
    habits: &[],
};

pub(super) const ARABIC: Names = Names {
    female: "Aisha, Alaa, Amina, Amira, Asma'a, Dalal, Dina, Farida, Fatima, Ghada, Hala, Hanan, Huda, \
        Khadija, Layla, Lubna, Maryam, Mona, Nadia, Noura, Rania, Reem, Salma, Samira, Shaima'a, Wafa, \
        Yasmin, Zainab",
    male: "Abdallah, Abdelrahman, Abdul Aziz, Adel, Ahmad, Anwar, Bilal, Fadi, Faisal, Habib, Hamza, Hassan, \
        Hicham, Ibrahim, Isma'il, Karim, Khalid, Mahmoud, Mourad, Muhammad, Mustafa, Nabil, Omar, Rachid, \
        Ra'ed, Sa'id, Sami, Tariq, Walid, Yousef, Ziad",
    family: "Abdelkader, Abu Bakr, Abu Zayd, al-Amin, al-Attar, al-Farsi, al-Ghamdi, al-Haddad, al-Hashimi, \
        al-Jabiri, al-Khatib, al-Masri, al-Najjar, al-Qahtani, al-Rawi, al-Sabbagh, al-Tamimi, Al-Zahrani, \
        Barakat, Belkacem, Benali, Bennani, Bensaïd, bin Saleh, bin Yahya, Boukhris, Chaoui, Darwish, \
        El Fassi, El Idrissi, el-Sayed, Habibi, Haddad, Ibn Khalil, Kassab, Khoury, Mansour, Nassar, Qasim, \
        Rahmani, Sabri, Shaheen, Zidan",
    family_female: "Abdelkader, Abu Bakr, Abu Zayd, al-Amin, al-Attar, al-Farsi, al-Ghamdi, al-Haddad, \
        al-Hashimi, al-Jabiri, al-Khatib, al-Masri, al-Najjar, al-Qahtani, al-Rawi, al-Sabbagh, al-Tamimi, \
        Al-Zahrani, Barakat, Belkacem, Benali, Bennani, Bensaïd, bint Saleh, bint Yahya, Boukhris, Chaoui, \
        Darwish, El Fassi, El Idrissi, el-Sayed, Habibi, Haddad, Khalil, Kassab, Khoury, Mansour, Nassar, \
        Qasim, Rahmani, Sabri, Shaheen, Zidan",
    called: "Abdelrahman=Abdo, Abdul Aziz=Aziz, Muhammad=Mo, Mustafa=Mus, Ibrahim=Ibra, Khadija=Khadi",
    habits: &[(35, Habit::TwoFamilyNames(" "))],
};

pub(super) const ARABIC_SCRIPT: Names = Names {
    female: "أمينة, خديجة, دينا, رانيا, سلمى, غادة, ليلى, مريم, نورة, هدى",
    male: "أحمد, بلال, حسن, خالد, سامي, طارق, كريم, محمود, نبيل, يوسف",
    family: "الأمين, الحداد, الخطيب, الراوي, الصباغ, العطار, المصري, النجار, الهاشمي, درويش, منصور, نصار",
    family_female: "",
    called: "أمينة=Amina, خديجة=Khadija, دينا=Dina, رانيا=Rania, سلمى=Salma, غادة=Ghada, ليلى=Layla, \
        مريم=Maryam, نورة=Noura, هدى=Huda, أحمد=Ahmad, بلال=Bilal, حسن=Hassan, خالد=Khalid, سامي=Sami, \
        طارق=Tariq, كريم=Karim, محمود=Mahmoud, نبيل=Nabil, يوسف=Yousef",
    habits: &[],
};
