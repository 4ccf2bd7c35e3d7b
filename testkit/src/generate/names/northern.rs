//! Germany, the Netherlands, the British Isles, Scandinavia and Iceland.

use super::{Habit, Names};

pub(super) const GERMAN: Names = Names {
    female: "Anna, Annika, Antje, Barbara, Birgit, Brigitte, Carolin, Christiane, Claudia, Doris, Elke, \
        Eva-Maria, Franziska, Friederike, Gabriele, Gisela, Hannah, Heike, Ines, Jana, Johanna, Julia, \
        Jutta, Karin, Katharina, Katrin, Kerstin, Käthe, Lena, Maike, Marlene, Martina, Monika, Nadine, \
        Nele, Petra, Renate, Sabine, Sigrid, Silke, Stefanie, Susanne, Svenja, Ulrike, Ute, Anna-Lena, \
        Anneliese, Hedwig, Josephine, Wiebke",
    male: "Achim, Alexander, Andreas, Benedikt, Bernd, Björn, Christoph, Detlef, Dieter, Dirk, Fabian, \
        Felix, Florian, Frank, Friedrich, Günter, Götz, Hans-Peter, Heiko, Henning, Holger, Jan-Philipp, \
        Jens, Joachim, Jochen, Jörg, Jürgen, Karl-Heinz, Klaus, Lars, Ludger, Lukas, Manfred, Markus, \
        Matthias, Maximilian, Moritz, Niklas, Norbert, Olaf, Rainer, Rüdiger, Sebastian, Stefan, Sönke, \
        Thomas, Thorsten, Tobias, Ulrich, Uwe, Volker, Wolfgang",
    family: "Albrecht, Bäcker, Baumgärtner, Beckmann, Böttcher, Brandt, Brückner, Dörfler, Ehlers, Eßer, \
        Fröhlich, Fuchs, Gerlach, Geißler, Gröning, Großmann, Günther, Haas, Hartwig, Heußner, Hübner, \
        Jäger, Jürgens, Kaltenbach, Köppen, Krämer, Krüger, Kühn, Lehmann, Löffler, Lüdemann, Meißner, \
        Möller, Neumann, Nußbaum, Oßwald, Pfeiffer, Reinhardt, Rößler, Sauer, Schäfer, Schmidt, Schönfeld, \
        Schröder, Schütz, Seidel, Sommer, Straub, Stölzle, Thiele, Vogt, Wächter, Weiß, Wendt, Winkler, \
        Wölk, Zeller, Zimmermann, von der Heide, von Ahrens, zur Linden, vom Bruch",
    family_female: "",
    called: "Katharina=Kathi, Maximilian=Max, Sebastian=Basti, Alexander=Alex, Johanna=Hanna, \
        Franziska=Franzi, Stefanie=Steffi, Christoph=Chris, Friederike=Rike, Wolfgang=Wolf, Tobias=Tobi, \
        Joachim=Jo, Ulrich=Uli, Gabriele=Gabi, Susanne=Susi, Karl-Heinz=Kalle, Jan-Philipp=Jan, \
        Anna-Lena=Lena, Thorsten=Toto",
    habits: &[(55, Habit::TwoFamilyNames("-"))],
};

pub(super) const DUTCH: Names = Names {
    female: "Anouk, Anneke, Femke, Fleur, Floor, Hanneke, Ilse, Inge, Jacqueline, Janneke, Jolanda, \
        Liesbeth, Lotte, Maaike, Margriet, Marieke, Marijke, Marloes, Mirthe, Nienke, Noor, Renée, Roos, \
        Saskia, Sanne, Tessa, Willemijn, Zoë",
    male: "Arjen, Bas, Bram, Daan, Diederik, Floris, Gerrit, Hendrik, Jaap, Jeroen, Jesse, Joost, Jurriaan, \
        Koen, Lennart, Maarten, Matthijs, Michiel, Niels, Pieter, Reinier, Ruben, Ruud, Sander, Sjoerd, \
        Thijs, Wouter, Ties",
    family: "van den Berg, van der Meer, de Vries, de Jong, van Dijk, van der Velde, Bakker, Visser, Smit, \
        Mulder, de Boer, Dekker, Brouwer, van Leeuwen, de Groot, van 't Hoff, van 't Veer, Hoekstra, \
        Dijkstra, Postma, ten Brink, ter Haar, van der Linden, van Rossum, Kuipers, Verhoeven, Zijlstra, \
        Scholten, op den Kamp, in 't Veld, IJsselstein, Hermans, Koster",
    family_female: "",
    called: "Hendrik=Henk, Liesbeth=Lies, Willemijn=Mijn, Matthijs=Thijs, Diederik=Dirk, Jacqueline=Jacq, \
        Pieter=Piet",
    habits: &[(50, Habit::TwoFamilyNames("-"))],
};

pub(super) const ENGLISH: Names = Names {
    female: "Abigail, Alice, Amelia, Beatrice, Bethany, Catherine, Charlotte, Chloe, Daisy, Deborah, \
        Eleanor, Elizabeth, Emily, Fiona, Gemma, Grace, Hannah, Heather, Holly, Imogen, Jacqueline, Janet, \
        Jessica, Joanna, Laura, Lucy, Margaret, Megan, Michelle, Naomi, Natasha, Olivia, Philippa, Rachel, \
        Rebecca, Rosemary, Ruth, Samantha, Sophie, Susan, Victoria, Zara, Mary-Anne, Anne-Marie",
    male: "Adrian, Alastair, Andrew, Anthony, Benjamin, Callum, Charles, Christopher, Colin, Daniel, \
        Dominic, Duncan, Edward, Elliot, Gareth, George, Graham, Harry, Hugh, Isaac, Jack, Jonathan, Joseph, \
        Keith, Kenneth, Leonard, Malcolm, Marcus, Matthew, Nathaniel, Nicholas, Nigel, Oliver, Oscar, \
        Patrick, Philip, Rhys, Robert, Rupert, Samuel, Stephen, Theodore, Timothy, William",
    family: "Ackroyd, Ainsworth, Ashdown, Barraclough, Bennett, Birchall, Blackwell, Bradshaw, Carmichael, \
        Chadwick, Cholmondeley, Cooper, Coulson, Crawford, Davenport, Dawson, Eastwick, Fairbairn, Farrow, \
        Fletcher, Garside, Goodwin, Greenhalgh, Hardcastle, Hargreaves, Hartley, Hollis, Holroyd, Hughes, \
        Ingham, Jennings, Kershaw, Langford, Lockwood, MacDonald, MacKenzie, McAllister, McGregor, \
        Merriweather, Nightingale, Oakley, Osborne, Palmer, Pemberton, Pritchard, Redfern, Robson, Rowntree, \
        Sinclair, Stanhope, Sutcliffe, Taylor, Thackeray, Thornton, Underwood, Wainwright, Walker, Whitaker, \
        Winterbourne, Woodhouse",
    family_female: "",
    called: "Elizabeth=Liz, Catherine=Kate, William=Bill, Robert=Bob, Christopher=Chris, Benjamin=Ben, \
        Samantha=Sam, Samuel=Sam, Nicholas=Nick, Jonathan=Jon, Theodore=Ted, Margaret=Maggie, Rebecca=Becky, \
        Edward=Ned, Timothy=Tim, Nathaniel=Nate, Philippa=Pippa, Anthony=Tony, Charles=Charlie, \
        Eleanor=Nell, Victoria=Vicky",
    habits: &[(35, Habit::TwoFamilyNames("-")), (10, Habit::TwoFamilyNames(" "))],
};

pub(super) const IRISH: Names = Names {
    female: "Aisling, Aoife, Bríd, Caoimhe, Ciara, Clodagh, Deirdre, Éabha, Eimear, Fionnuala, Gráinne, \
        Máire, Máiréad, Niamh, Nóra, Orla, Róisín, Saoirse, Sinéad, Siobhán, Sorcha, Úna, Kathleen, Nuala",
    male: "Aidan, Brendan, Cathal, Cian, Ciarán, Colm, Cormac, Declan, Diarmuid, Donal, Éamon, Eoghan, \
        Fergus, Fionn, Lorcan, Máirtín, Niall, Oisín, Pádraig, Rónán, Ruairí, Séamus, Seán, Tadhg",
    family: "O'Connor, O'Brien, O'Sullivan, O'Reilly, O'Donoghue, O'Callaghan, O'Shea, O'Flaherty, O'Mahony, \
        O'Grady, O'Leary, O'Rourke, O'Hagan, Ó Briain, Ó Súilleabháin, Ó Conaill, Mac Giolla Phádraig, \
        McCarthy, McGrath, MacNamara, Brennan, Byrne, Fitzgerald, Gallagher, Kavanagh, Kearney, Keogh, \
        Murphy, Nolan, Quigley, Sheehan, Tierney, Walsh",
    family_female: "",
    called: "Pádraig=Paddy, Kathleen=Kath, Siobhán=Shiv, Fionnuala=Nuala, Brendan=Bren, Séamus=Shay",
    habits: &[(20, Habit::TwoFamilyNames("-"))],
};

pub(super) const SCANDINAVIAN: Names = Names {
    female: "Agneta, Annelie, Astrid, Åsa, Birgitta, Britt-Marie, Ebba, Elin, Freja, Frida, Gunilla, Helle, \
        Ingrid, Karin, Kirsten, Linnéa, Maja, Malin, Märta, Mette, Pernilla, Ragnhild, Signe, Siv, Solveig, \
        Søs, Tove, Ylva",
    male: "Anders, Arne, Axel, Åke, Bengt, Bjørn, Emil, Erik, Fredrik, Göran, Gunnar, Håkan, Henrik, Jesper, \
        Jørgen, Kåre, Knut, Lars-Erik, Leif, Mads, Mattias, Niels, Ola, Øyvind, Per, Rasmus, Søren, Stig, \
        Torbjörn, Viggo",
    family: "Åberg, Åkesson, Ahlström, Andersson, Bengtsson, Björklund, Bjørnstad, Blomqvist, Dahl, Ekström, \
        Engström, Forsberg, Fredriksson, Grönlund, Gustavsson, Hägglund, Halvorsen, Hansen, Haugen, \
        Holmgren, Jørgensen, Kjeldsen, Lindström, Lundqvist, Mikkelsen, Nyström, Ødegård, Öberg, Østergaard, \
        Pettersen, Rasmussen, Sandström, Sjögren, Skovgaard, Sørensen, Strøm, Söderholm, Thorsen, \
        Vestergaard, Wikström",
    family_female: "",
    called: "Britt-Marie=Britt, Fredrik=Fredde, Birgitta=Gitta, Lars-Erik=Lasse, Mattias=Matte",
    habits: &[(25, Habit::TwoFamilyNames(" "))],
};

pub(super) const ICELANDIC: Names = Names {
    female: "Anna, Arnheiður, Ásdís, Áslaug, Birna, Björg, Bryndís, Dagný, Elín, Freyja, Guðrún, Halldóra, \
        Hrafnhildur, Ingibjörg, Katrín, Kristín, Ólöf, Ragnheiður, Rósa, Sigríður, Sólveig, Steinunn, \
        Þórdís, Þóra, Unnur",
    male: "Arnar, Árni, Ásgeir, Baldur, Birkir, Bjarni, Björn, Dagur, Einar, Eiríkur, Freyr, Guðmundur, \
        Gunnlaugur, Hallgrímur, Hörður, Ingvar, Jóhann, Kári, Magnús, Ólafur, Örn, Páll, Sigurður, Skúli, \
        Snorri, Þór, Þorsteinn, Ævar",
    family: "Arnarson, Ásgeirsson, Baldursson, Bjarnason, Björnsson, Einarsson, Eiríksson, Friðriksson, \
        Guðmundsson, Gunnarsson, Hallgrímsson, Helgason, Jóhannsson, Jónsson, Kárason, Magnússon, Ólafsson, \
        Pálsson, Ragnarsson, Sigurðsson, Stefánsson, Þorsteinsson, Þórðarson, Ævarsson, Blöndal, \
        Thorarensen",
    family_female: "Arnardóttir, Ásgeirsdóttir, Baldursdóttir, Bjarnadóttir, Björnsdóttir, Einarsdóttir, \
        Eiríksdóttir, Friðriksdóttir, Guðmundsdóttir, Gunnarsdóttir, Hallgrímsdóttir, Helgadóttir, \
        Jóhannsdóttir, Jónsdóttir, Káradóttir, Magnúsdóttir, Ólafsdóttir, Pálsdóttir, Ragnarsdóttir, \
        Sigurðardóttir, Stefánsdóttir, Þorsteinsdóttir, Þórðardóttir, Ævarsdóttir, Blöndal, Thorarensen",
    called: "Guðrún=Gunna, Sigríður=Sigga, Sigurður=Siggi, Guðmundur=Gummi, Ragnheiður=Ragga, \
        Þorsteinn=Steini",
    habits: &[],
};
