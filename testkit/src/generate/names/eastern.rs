//! Poland, Czechia, Ukraine, Bulgaria and Hungary.

use super::{Habit, Names};

pub(super) const POLISH: Names = Names {
    female: "Agnieszka, Aleksandra, Anna, Barbara, Beata, Bożena, Danuta, Dorota, Elżbieta, Ewa, Gabriela, \
        Grażyna, Halina, Iwona, Jadwiga, Jolanta, Justyna, Kamila, Karolina, Katarzyna, Kinga, Lucyna, \
        Magdalena, Małgorzata, Marzena, Michalina, Oliwia, Patrycja, Róża, Stanisława, Sylwia, Urszula, \
        Weronika, Zofia, Żaneta",
    male: "Adam, Andrzej, Bartłomiej, Błażej, Bogdan, Cezary, Czesław, Damian, Dariusz, Filip, Grzegorz, \
        Henryk, Jacek, Jakub, Janusz, Jarosław, Jerzy, Kazimierz, Krzysztof, Łukasz, Maciej, Marek, Mateusz, \
        Michał, Mieczysław, Miłosz, Paweł, Piotr, Radosław, Rafał, Ryszard, Sławomir, Stanisław, Szymon, \
        Tadeusz, Wiesław, Wojciech, Zbigniew, Zdzisław",
    family: "Adamczyk, Bąk, Błaszczyk, Borkowski, Brzęczyński, Chmielewski, Czarnecki, Dąbrowski, Dziedzic, \
        Gałązka, Głowacki, Górski, Grabowski, Jabłoński, Jędrzejczak, Kaczmarek, Kamiński, Kołodziej, \
        Kowalczyk, Kowalski, Kozłowski, Król, Krzyżanowski, Łapiński, Łuczak, Majewski, Mróz, Nowak, \
        Olszewski, Pająk, Pawłowski, Piątek, Rutkowski, Sęk, Sikorski, Stępień, Szczepański, Szymański, \
        Ślusarczyk, Świątek, Tomaszewski, Urbański, Wieczorek, Wiśniewski, Włodarczyk, Wójcik, Wróbel, \
        Wróblewski, Zając, Zawadzki, Zieliński, Żak, Żmuda, Żurawski",
    family_female: "Adamczyk, Bąk, Błaszczyk, Borkowska, Brzęczyńska, Chmielewska, Czarnecka, Dąbrowska, \
        Dziedzic, Gałązka, Głowacka, Górska, Grabowska, Jabłońska, Jędrzejczak, Kaczmarek, Kamińska, \
        Kołodziej, Kowalczyk, Kowalska, Kozłowska, Król, Krzyżanowska, Łapińska, Łuczak, Majewska, Mróz, \
        Nowak, Olszewska, Pająk, Pawłowska, Piątek, Rutkowska, Sęk, Sikorska, Stępień, Szczepańska, \
        Szymańska, Ślusarczyk, Świątek, Tomaszewska, Urbańska, Wieczorek, Wiśniewska, Włodarczyk, Wójcik, \
        Wróbel, Wróblewska, Zając, Zawadzka, Zielińska, Żak, Żmuda, Żurawska",
    called: "Małgorzata=Gosia, Katarzyna=Kasia, Aleksandra=Ola, Krzysztof=Krzysiek, Magdalena=Magda, \
        Stanisław=Staszek, Agnieszka=Aga, Bartłomiej=Bartek, Wojciech=Wojtek, Elżbieta=Ela, \
        Grzegorz=Grzesiek, Zbigniew=Zbyszek, Jakub=Kuba, Michalina=Misia",
    habits: &[(45, Habit::TwoFamilyNames("-"))],
};

pub(super) const CZECH: Names = Names {
    female: "Adéla, Alžběta, Anežka, Barbora, Blanka, Dagmar, Dana, Eliška, Hana, Irena, Ivana, Jaroslava, \
        Jiřina, Jitka, Kateřina, Klára, Květa, Lenka, Libuše, Ludmila, Markéta, Michaela, Naděžda, Pavlína, \
        Radka, Růžena, Soňa, Šárka, Štěpánka, Tereza, Věra, Zdeňka, Žofie",
    male: "Aleš, Bohumil, Bořivoj, Čeněk, Dalibor, Dušan, František, Hynek, Jáchym, Jaromír, Jaroslav, Jiří, \
        Josef, Kryštof, Ladislav, Libor, Luboš, Lumír, Matěj, Miloslav, Oldřich, Ondřej, Otakar, Pavel, \
        Přemysl, Radovan, Řehoř, Štěpán, Tomáš, Vít, Vojtěch, Zbyněk, Zdeněk",
    family: "Bartoš, Beneš, Blažek, Bureš, Čermák, Černý, Dolejší, Doležal, Dušek, Fiala, Havlíček, Hejný, \
        Horáček, Horák, Hruška, Jelínek, Kadlec, Kolář, Kopřiva, Kratochvíl, Krejčí, Kříž, Kučera, Malý, \
        Marek, Musil, Navrátil, Němeček, Novotný, Pokorný, Polák, Pospíšil, Procházka, Růžička, Říha, \
        Sedláček, Šimek, Šťastný, Štěpánek, Tichý, Urban, Vaněk, Veselý, Vlček, Zahradník, Žáček",
    family_female: "Bartošová, Benešová, Blažková, Burešová, Čermáková, Černá, Dolejší, Doležalová, Dušková, \
        Fialová, Havlíčková, Hejná, Horáčková, Horáková, Hrušková, Jelínková, Kadlecová, Kolářová, \
        Kopřivová, Kratochvílová, Krejčí, Křížová, Kučerová, Malá, Marková, Musilová, Navrátilová, \
        Němečková, Novotná, Pokorná, Poláková, Pospíšilová, Procházková, Růžičková, Říhová, Sedláčková, \
        Šimková, Šťastná, Štěpánková, Tichá, Urbanová, Vaňková, Veselá, Vlčková, Zahradníková, Žáčková",
    called: "Kateřina=Katka, Vojtěch=Vojta, František=Franta, Ladislav=Láďa, Zdeněk=Zdenda, Markéta=Maky, \
        Barbora=Bára, Alžběta=Běta, Jaroslav=Jarda, Tereza=Terka",
    habits: &[],
};

pub(super) const UKRAINIAN: Names = Names {
    female: "Anastasiia, Bohdana, Daryna, Halyna, Iryna, Kateryna, Khrystyna, Lesia, Liudmyla, Mar'iana, \
        Myroslava, Natalia, Oksana, Olena, Solomiia, Svitlana, Tetiana, Uliana, Viktoriia, Yaroslava, \
        Yuliia, Zoriana",
    male: "Andrii, Bohdan, Danylo, Dmytro, Hryhorii, Ihor, Kostiantyn, Lukian, Maksym, Mykhailo, Mykola, \
        Nazar, Oleh, Oleksandr, Ostap, Pavlo, Roman, Serhii, Stepan, Taras, Vasyl, Viacheslav, Yevhen, \
        Yurii",
    family: "Bilyk, Bondarenko, Boiko, Chaban, Danylenko, Demchuk, Fedorenko, Havryliuk, Hnatiuk, \
        Honcharenko, Horbachuk, Kovalchuk, Koval, Kravets, Lysenko, Luk'ianenko, Marchenko, Mel'nyk, Moroz, \
        Nechyporenko, Oliinyk, Panchenko, Petrenko, Rudenko, Savchuk, Shcherbak, Shvets, Sydorenko, \
        Tkachenko, Vovk, Yakymenko, Zaichenko",
    family_female: "",
    called: "Oleksandr=Sasha, Kateryna=Katia, Kostiantyn=Kostia, Anastasiia=Nastia, Mykhailo=Misha",
    habits: &[],
};

pub(super) const BULGARIAN: Names = Names {
    female: "Antoaneta, Bilyana, Boyana, Daniela, Desislava, Elitsa, Gergana, Ivelina, Kalina, Lyudmila, \
        Mariya, Milena, Nevena, Petya, Radostina, Ralitsa, Rumyana, Stanimira, Tsvetelina, Violeta, Yana, \
        Zornitsa",
    male: "Asen, Blagoy, Boris, Chavdar, Dimitar, Emil, Georgi, Hristo, Ivaylo, Kaloyan, Krasimir, Lyuben, \
        Martin, Nikolay, Ognyan, Plamen, Radoslav, Rumen, Stanislav, Tsvetan, Valentin, Yordan",
    family: "Angelov, Atanasov, Bozhilov, Chavdarov, Dimitrov, Ganchev, Georgiev, Hristov, Iliev, Ivanov, \
        Kolev, Kostadinov, Lazarov, Marinov, Mihaylov, Nenov, Nikolov, Petkov, Rusev, Stanchev, Todorov, \
        Tsonev, Vasilev, Yankov, Zhelev",
    family_female: "Angelova, Atanasova, Bozhilova, Chavdarova, Dimitrova, Gancheva, Georgieva, Hristova, \
        Ilieva, Ivanova, Koleva, Kostadinova, Lazarova, Marinova, Mihaylova, Nenova, Nikolova, Petkova, \
        Ruseva, Stancheva, Todorova, Tsoneva, Vasileva, Yankova, Zheleva",
    called: "Desislava=Desi, Dimitar=Mitko, Georgi=Gosho, Tsvetelina=Tsveti, Radoslav=Rado",
    habits: &[],
};

pub(super) const BULGARIAN_SCRIPT: Names = Names {
    female: "Биляна, Гергана, Десислава, Елица, Ивелина, Калина, Милена, Невена, Ралица, Цветелина",
    male: "Борис, Георги, Димитър, Ивайло, Красимир, Николай, Огнян, Пламен, Румен, Христо",
    family: "Ангелов, Георгиев, Димитров, Илиев, Колев, Маринов, Николов, Петков, Тодоров, Янков, Желев, \
        Ненов",
    family_female: "Ангелова, Георгиева, Димитрова, Илиева, Колева, Маринова, Николова, Петкова, Тодорова, \
        Янкова, Желева, Ненова",
    called: "Биляна=Bilyana, Гергана=Gergana, Десислава=Desislava, Елица=Elitsa, Ивелина=Ivelina, \
        Калина=Kalina, Милена=Milena, Невена=Nevena, Ралица=Ralitsa, Цветелина=Tsvetelina, Борис=Boris, \
        Георги=Georgi, Димитър=Dimitar, Ивайло=Ivaylo, Красимир=Krasimir, Николай=Nikolay, Огнян=Ognyan, \
        Пламен=Plamen, Румен=Rumen, Христо=Hristo",
    habits: &[],
};

pub(super) const HUNGARIAN: Names = Names {
    female: "Ágnes, Anikó, Boglárka, Borbála, Csilla, Dóra, Edit, Emőke, Enikő, Erzsébet, Eszter, Etelka, \
        Gyöngyi, Ildikó, Judit, Katalin, Kinga, Klára, Lívia, Márta, Mónika, Nóra, Orsolya, Piroska, Réka, \
        Tímea, Tünde, Virág, Zsófia, Zsuzsanna",
    male: "Ádám, Ákos, Attila, Balázs, Bálint, Botond, Csaba, Dénes, Dezső, Ernő, Gábor, Gergő, Gyula, \
        Győző, Imre, István, Jenő, Kálmán, Kristóf, László, Levente, Máté, Mihály, Norbert, Ödön, Örs, \
        Péter, Sándor, Szabolcs, Tamás, Zoltán, Zsolt",
    family: "Balogh, Bíró, Bognár, Csörgő, Deák, Dobó, Erdős, Farkas, Fehér, Fekete, Fülöp, Gál, Győri, \
        Halász, Hegedűs, Horváth, Jakab, Juhász, Kelemen, Kerekes, Király, Kiss, Kőszegi, Kovács, Lakatos, \
        Lukács, Major, Mészáros, Molnár, Nagy, Németh, Ördögh, Orsós, Pálfi, Papp, Pintér, Rácz, Somogyi, \
        Szabó, Szűcs, Takács, Tóth, Varga, Vörös",
    family_female: "",
    called: "Zsuzsanna=Zsuzsa, Erzsébet=Bözsi, Katalin=Kati, László=Laci, István=Pista, Sándor=Sanyi, \
        Borbála=Bori",
    habits: &[(20, Habit::TwoFamilyNames("-"))],
};
