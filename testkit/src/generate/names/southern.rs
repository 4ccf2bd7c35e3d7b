//! France, Spain, Portugal and Brazil, Italy, Romania, and French and Latin speakers elsewhere.

use super::{Habit, Names};

pub(super) const FRENCH: Names = Names {
    female: "Adèle, Agnès, Anaïs, Anne-Sophie, Aurélie, Béatrice, Bénédicte, Camille, Cécile, Célia, Chloé, \
        Clémence, Coralie, Delphine, Élodie, Élise, Émilie, Estelle, Fanny, Françoise, Gaëlle, Geneviève, \
        Hélène, Inès, Jeanne, Joëlle, Léa, Lucie, Maëlys, Marie-Claire, Marjolaine, Mélanie, Noémie, Océane, \
        Pénélope, Sandrine, Solène, Sylvie, Thérèse, Valérie, Véronique, Aïssatou, Fatou",
    male: "Adrien, Alexandre, Amaury, Anthony, Aurélien, Baptiste, Benoît, Bruno, Cédric, Clément, Corentin, \
        Cyril, Damien, Didier, Élie, Étienne, Fabrice, François-Xavier, Frédéric, Gaël, Geoffroy, Grégoire, \
        Guillaume, Gwenaël, Hervé, Jean-Baptiste, Jean-François, Jean-Luc, Jérôme, Joël, Julien, Léo, Loïc, \
        Ludovic, Maël, Mathieu, Noé, Olivier, Pascal, Pierre-Yves, Raphaël, Rémi, Sébastien, Thibault, Théo, \
        Tristan, Mamadou, Ousmane",
    family: "Allard, Aubert, Beauchêne, Bélanger, Besnard, Blanchet, Boulanger, Briand, Carré, Charpentier, \
        Chevalier, Clément, Cordier, d'Aubigny, d'Hervilly, de La Roche, de la Rivière, Delacroix, \
        Desmoulins, Du Plessis, Duchêne, Fontaine, Fournier, Gauthier, Géraud, Guérin, Hamelin, Jacquet, \
        Lacombe, Lagrange, Le Bihan, Le Goff, Lefèvre, Léger, Lemaître, L'Hostis, Maréchal, Masson, Ménard, \
        Mercier, Moreau, N'Diaye, N'Guessan, Noël, Pélissier, Périer, Renaud, Rivière, Rousselot, Séguin, \
        Tessier, Thévenin, Traoré, Vasseur, Verdier",
    family_female: "",
    called: "Alexandre=Alex, Guillaume=Guil, François-Xavier=FX, Jean-Baptiste=JB, Anne-Sophie=Anne, \
        Frédéric=Fred, Jean-François=Jeff, Sébastien=Seb, Véronique=Véro, Mélanie=Mel, Pierre-Yves=Pierre",
    habits: &[(30, Habit::TwoFamilyNames("-")), (12, Habit::TwoFamilyNames(" "))],
};

pub(super) const SPANISH: Names = Names {
    female: "Alba, Ángela, Begoña, Belén, Carmen, Concepción, Consuelo, Cristina, Encarnación, Estíbaliz, \
        Inés, Irene, Itziar, Leire, Lourdes, Lucía, Macarena, María del Mar, María José, Marta, Mercedes, \
        Mónica, Montserrat, Noelia, Núria, Pilar, Raquel, Rocío, Sofía, Verónica, Ximena, Yolanda",
    male: "Adrián, Álvaro, Andrés, Ángel, Aitor, Borja, César, Diego, Eduardo, Emilio, Fermín, Gonzalo, \
        Guillermo, Iker, Ignacio, Íñigo, Iván, Jesús, Joaquín, Jordi, José Antonio, José María, Juan Carlos, \
        Julián, Martín, Nicolás, Óscar, Raúl, Ramón, Rubén, Santiago, Tomás, Unai, Víctor Manuel",
    family: "Aguirre, Álvarez, Arizmendi, Ballesteros, Benítez, Caballero, Castaño, Cortés, de la Cruz, \
        de la Fuente, de los Ríos, del Valle, Díaz, Domínguez, Echeverría, Escudero, Fernández, Gallardo, \
        García, Gil, Goñi, Gómez, González, Gutiérrez, Hernández, Herrero, Ibáñez, Jiménez, López, Marín, \
        Martínez, Méndez, Montañés, Muñoz, Núñez, Ordóñez, Ortega, Peña, Pérez, Quiñones, Ramírez, Ríos, \
        Rodríguez, Romero, Ruiz, Sáenz, Sánchez, Serrano, Suárez, Ureña, Vázquez, Yáñez, Zúñiga",
    family_female: "",
    called: "José María=Chema, Concepción=Concha, Ignacio=Nacho, Guillermo=Guille, Montserrat=Montse, \
        Eduardo=Edu, María José=Majo, José Antonio=Toño, Encarnación=Encarna, Santiago=Santi, Joaquín=Quino, \
        Mercedes=Merche",
    habits: &[(640, Habit::TwoFamilyNames(" ")), (15, Habit::TwoFamilyNames(" y "))],
};

pub(super) const PORTUGUESE: Names = Names {
    female: "Adriana, Ana Rita, Beatriz, Bárbara, Carlota, Cátia, Conceição, Débora, Fátima, Flávia, Graça, \
        Inês, Joana, Jussara, Larissa, Letícia, Lívia, Luísa, Margarida, Maria João, Mariana, Marília, \
        Mônica, Natália, Patrícia, Sílvia, Sónia, Tatiana, Vitória",
    male: "Afonso, André, António, Bento, Caio, Duarte, Fábio, Filipe, Flávio, Gonçalo, Guilherme, Gustavo, \
        Heitor, Hélder, João Pedro, Joaquim, Leandro, Luís, Márcio, Matheus, Nuno, Otávio, Renato, Rodrigo, \
        Rúben, Simão, Tiago, Vinícius, Wagner, Zeferino",
    family: "Abrantes, Almeida, Andrade, Araújo, Assunção, Barbosa, Bragança, Brandão, Cardoso, Carvalho, \
        Conceição, Coutinho, da Costa, da Silva, das Neves, de Oliveira, de Souza, do Nascimento, \
        dos Santos, Estêvão, Falcão, Figueiredo, Fonseca, Gonçalves, Guimarães, Leitão, Macêdo, Magalhães, \
        Meireles, Monteiro, Nóbrega, Nogueira, Paixão, Peçanha, Pinheiro, Quintão, Rebelo, Salgado, Simões, \
        Teixeira, Vasconcelos, Xavier",
    family_female: "",
    called: "Guilherme=Gui, João Pedro=JP, Gonçalo=Gonça, Vinícius=Vini, Leandro=Léo, Maria João=Mia, \
        Beatriz=Bia, Conceição=São, António=Tó, Joaquim=Quim",
    habits: &[(380, Habit::TwoFamilyNames(" ")), (30, Habit::TwoFamilyNames(" e "))],
};

pub(super) const ITALIAN: Names = Names {
    female: "Alessandra, Beatrice, Bianca, Caterina, Chiara, Costanza, Donatella, Elisabetta, Federica, \
        Francesca, Giada, Ginevra, Giulia, Ilaria, Lucrezia, Maddalena, Margherita, Martina, Nicoletta, \
        Ornella, Paola, Roberta, Serena, Silvia, Valentina, Viola",
    male: "Alessio, Andrea, Corrado, Dario, Davide, Edoardo, Emanuele, Enrico, Fabrizio, Filippo, Gianluca, \
        Giacomo, Giovanni Battista, Giuseppe, Jacopo, Lorenzo, Luigi, Marcello, Matteo, Niccolò, Pasquale, \
        Pietro, Riccardo, Salvatore, Stefano, Tommaso, Umberto, Vincenzo",
    family: "Amato, Barbieri, Basile, Bellini, Bernardi, Bianchi, Caruso, Cattaneo, Colombo, Coppola, \
        D'Alessandro, D'Amico, D'Angelo, D'Onofrio, Dall'Acqua, De Luca, De Santis, Del Prete, Dell'Orto, \
        Di Stefano, Esposito, Fabbri, Ferrara, Gallo, Giordano, Grassi, Lo Monaco, Lombardi, Mancini, \
        Marchetti, Nicolò, Orlando, Pellegrini, Rinaldi, Romano, Sartori, Testa, Vitale, Zanetti",
    family_female: "",
    called: "Alessandra=Ale, Francesca=Franci, Giovanni Battista=Gianni, Giuseppe=Beppe, Edoardo=Edo, \
        Elisabetta=Betta, Salvatore=Totò, Valentina=Vale",
    habits: &[],
};

pub(super) const ROMANIAN: Names = Names {
    female: "Adina, Alexandra, Anca, Ancuța, Bianca, Corina, Crenguța, Dana, Elena, Gabriela, Ioana, \
        Lăcrămioara, Luminița, Mădălina, Mihaela, Oana, Raluca, Ruxandra, Ștefania, Simona, Teodora, Viorica",
    male: "Adrian, Bogdan, Călin, Ciprian, Constantin, Cosmin, Dragoș, Dănuț, Florin, Gheorghe, Horațiu, \
        Ilie, Ionuț, Liviu, Marius, Mircea, Mihai, Nicușor, Octavian, Răzvan, Sorin, Ștefan, Vlad",
    family: "Albu, Ardelean, Bălan, Băluță, Bărbulescu, Ciobanu, Constantinescu, Crăciun, Crișan, Dănilă, \
        Dobre, Dumitrașcu, Fătu, Georgescu, Grigore, Iliescu, Ionescu, Lăzărescu, Lupu, Măcelaru, Mureșan, \
        Neagoe, Pădurariu, Petrișor, Popescu, Rădulescu, Sârbu, Șerban, Stoica, Șuteu, Tănase, Țăranu, \
        Ungureanu, Vasilescu, Vlădescu",
    family_female: "",
    called: "Alexandra=Alex, Mădălina=Mădă, Constantin=Costi, Gheorghe=Gicu, Octavian=Tavi, Gabriela=Gabi",
    habits: &[(30, Habit::TwoFamilyNames("-"))],
};
