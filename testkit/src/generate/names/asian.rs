//! Vietnam, China, Japan, India and Indonesia.

use super::{Habit, Names};

pub(super) const VIETNAMESE: Names = Names {
    female: "Ái Vân, Bảo Ngọc, Bích Thủy, Cẩm Tú, Diễm My, Hải Yến, Hồng Nhung, Khánh Linh, Kiều Oanh, \
        Lan Hương, Mai Phương, Minh Anh, Mỹ Duyên, Ngọc Trâm, Phương Thảo, Quỳnh Như, Thanh Tâm, Thảo Vy, \
        Thị Hiền, Thu Hà, Thùy Dương, Tường Vi, Xuân Mai, Yến Nhi",
    male: "Anh Tuấn, Bảo Long, Công Minh, Đăng Khoa, Đình Phúc, Đức Thắng, Gia Huy, Hoàng Nam, Hữu Nghĩa, \
        Khắc Hiếu, Mạnh Cường, Minh Quân, Ngọc Sơn, Nhật Minh, Phước Lộc, Quang Dũng, Quốc Bảo, Thành Đạt, \
        Thế Vũ, Tiến Đạt, Trung Kiên, Văn Hùng, Việt Anh, Xuân Bách",
    family: "Nguyễn, Trần, Lê, Phạm, Huỳnh, Hoàng, Phan, Vũ, Võ, Đặng, Bùi, Đỗ, Hồ, Ngô, Dương, Lý, Đinh, \
        Trịnh, Mạc, Tạ, Nguyễn Đình, Trần Lê",
    family_female: "",
    called: "Khánh Linh=Linh, Minh Anh=Annie, Gia Huy=Henry, Minh Quân=Quân, Đăng Khoa=Khoa, Quốc Bảo=Bảo, \
        Phương Thảo=Thảo, Hoàng Nam=Nam, Hải Yến=Yến, Ngọc Trâm=Jenny",
    habits: &[],
};

pub(super) const CHINESE: Names = Names {
    female: "Fang, Hongmei, Hui, Jiayi, Jing, Jingyi, Lan, Lihua, Lingling, Meiling, Min, Mengyao, Na, Qing, \
        Ruoxi, Shu-fen, Siyu, Ting, Xiaohong, Xiulan, Xin, Xinyi, Yan, Yaqi, Yuhan, Yuxuan",
    male: "Bo, Chao, Chenxi, Dawei, Fei, Guangming, Haoran, Hong, Jianguo, Jie, Jun, Junjie, Lei, Mingze, \
        Peng, Qiang, Shaohua, Tao, Wei, Weidong, Xiaolong, Yang, Yichen, Yifan, Yong, Zhihao, Zixuan",
    family: "Bai, Cai, Cao, Chen, Cheng, Deng, Ding, Dong, Fan, Feng, Gao, Guo, Han, He, Hu, Huang, Jiang, \
        Jin, Li, Liang, Lin, Liu, Lu, Lü, Luo, Ma, Ouyang, Pan, Qian, Qiu, Shen, Sima, Song, Sun, Tang, Wan, \
        Wei, Wu, Xiao, Xie, Xu, Yan, Ye, Yu, Zeng, Zhang, Zhao, Zheng, Zhou, Zhu, Zhuge",
    family_female: "",
    called: "Jiayi=Joyce, Haoran=Howard, Junjie=Jason, Meiling=May, Xinyi=Cindy, Weidong=David, \
        Yuxuan=Yvonne, Zhihao=Leo, Lingling=Linda, Zixuan=Eric, Yifan=Ivan, Jingyi=Jenny",
    habits: &[],
};

pub(super) const CHINESE_SCRIPT: Names = Names {
    female: "佳怡, 静怡, 丽华, 美玲, 梦瑶, 若曦, 思雨, 婷, 秀兰, 雨涵",
    male: "浩然, 建国, 俊杰, 磊, 明泽, 鹏, 伟东, 一帆, 志豪, 子轩",
    family: "陈, 邓, 冯, 高, 郭, 黄, 梁, 林, 吕, 罗, 欧阳, 沈, 宋, 谢, 徐, 曾, 赵, 郑, 周, 诸葛",
    family_female: "",
    called: "佳怡=Joyce, 静怡=Jenny, 丽华=Lihua, 美玲=May, 梦瑶=Mengyao, 若曦=Ruoxi, 思雨=Siyu, 婷=Ting, 秀兰=Xiulan, \
        雨涵=Yuhan, 浩然=Howard, 建国=Jianguo, 俊杰=Jason, 磊=Lei, 明泽=Mingze, 鹏=Peng, 伟东=David, 一帆=Ivan, 志豪=Leo, \
        子轩=Eric",
    habits: &[],
};

pub(super) const JAPANESE: Names = Names {
    female: "Ai, Akiko, Asuka, Ayaka, Chihiro, Emi, Haruka, Hitomi, Kaori, Keiko, Kumiko, Mai, Mariko, \
        Mayumi, Megumi, Michiko, Miyu, Nanami, Natsuki, Noriko, Reiko, Rina, Sachiko, Sakura, Tomoko, Yōko, \
        Yui, Yūko",
    male: "Akira, Daichi, Daisuke, Eiji, Gō, Haruto, Hideki, Hiroshi, Jun'ichi, Jun, Kazuki, Ken'ichi, \
        Kenji, Kōhei, Makoto, Masato, Naoki, Ren, Ryō, Ryōta, Satoshi, Shin'ya, Shō, Sōta, Takumi, Tarō, \
        Tetsuya, Yūta, Yūki",
    family: "Abe, Andō, Aoki, Arai, Endō, Fujii, Fujita, Fukuda, Gotō, Hasegawa, Hashimoto, Hayashi, Ikeda, \
        Inoue, Ishida, Itō, Katō, Kimura, Kobayashi, Kondō, Maeda, Matsuda, Matsumoto, Mori, Morita, \
        Nishimura, Ōno, Ōta, Ogawa, Okada, Ōshima, Saitō, Sakai, Satō, Shimizu, Sugiyama, Takahashi, Tanaka, \
        Ueda, Uchida, Wada, Yamashita, Yokoyama",
    family_female: "",
    called: "Daisuke=Dai, Takumi=Taku, Kazuki=Kaz, Megumi=Meg, Jun'ichi=Jun, Ken'ichi=Ken, Masato=Masa, \
        Natsuki=Nat",
    habits: &[],
};

pub(super) const JAPANESE_SCRIPT: Names = Names {
    female: "愛, 明子, さくら, 千尋, 七海, 美咲, 由美子, 陽子, 結衣, 和美",
    male: "健一, 拓海, 大輔, 直樹, 翔太, 浩, 誠, 亮, 蓮, 裕太",
    family: "青木, 石田, 伊藤, 遠藤, 岡田, 小林, 斎藤, 佐藤, 清水, 高橋, 田中, 西村, 長谷川, 林, 森田, 横山",
    family_female: "",
    called: "愛=Ai, 明子=Akiko, さくら=Sakura, 千尋=Chihiro, 七海=Nanami, 美咲=Misaki, 由美子=Yumiko, 陽子=Yōko, 結衣=Yui, \
        和美=Kazumi, 健一=Ken'ichi, 拓海=Takumi, 大輔=Daisuke, 直樹=Naoki, 翔太=Shōta, 浩=Hiroshi, 誠=Makoto, 亮=Ryō, \
        蓮=Ren, 裕太=Yūta",
    habits: &[],
};

pub(super) const INDIAN: Names = Names {
    female: "Aditi, Aishwarya, Ananya, Anjali, Bhavana, Chitra, Deepa, Divya, Gayatri, Geetha, Indira, \
        Ishita, Kavita, Kiran, Lakshmi, Madhuri, Meenakshi, Nandini, Neha, Pooja, Pratibha, Radhika, \
        Rukmini, Sandhya, Shreya, Sneha, Sunita, Swathi, Usha, Vidya",
    male: "Abhishek, Aditya, Ajay, Anand, Arjun, Ashok, Balaji, Chandrasekhar, Deepak, Ganesh, Gopal, \
        Harish, Jayesh, Karthik, Madhav, Manoj, Mohan, Naveen, Nikhil, Prakash, Pranav, Rahul, Rajesh, \
        Ramakrishna, Sandeep, Sanjay, Senthil, Suresh, Venkatesh, Vikram, Vinod, Yash",
    family: "Agarwal, Banerjee, Bhat, Bhattacharya, Chakraborty, Chatterjee, Chaudhary, Das, Deshmukh, \
        Deshpande, Dutta, Ghosh, Gupta, Hegde, Iyengar, Iyer, Jain, Joshi, Kamath, Kulkarni, Kumar, \
        Malhotra, Menon, Mishra, Mukherjee, Nair, Naidu, Patel, Patil, Pillai, Prasad, Rao, Reddy, Saxena, \
        Sengupta, Sharma, Shetty, Singh, Srinivasan, Subramaniam, Thakur, Trivedi, K, M, R, S, V",
    family_female: "",
    called: "Venkatesh=Venky, Chandrasekhar=Shekhar, Abhishek=Abhi, Meenakshi=Meena, Aishwarya=Aishu, \
        Ramakrishna=Ram, Karthik=Karthi, Radhika=Radha, Aditya=Adi",
    habits: &[(95, Habit::GivenNameOnly), (15, Habit::TwoFamilyNames(" "))],
};

pub(super) const INDONESIAN: Names = Names {
    female: "Ayu, Bunga, Citra, Dewi, Dian, Eka, Fitri, Indah, Intan, Kartika, Lestari, Made Ayu, Maya, \
        Melati, Ningsih, Nur Aini, Nyoman, Putri, Ratna, Rina, Sari, Siti Rahayu, Sri Wahyuni, Tri Astuti, \
        Wulan, Yulia",
    male: "Adi, Agus, Andi, Arief, Bagus, Bambang, Bayu, Budi, Dedi, Dimas, Eko, Fajar, Gede, Hendra, Iwan, \
        Joko, Ketut, Nanda, Putu, Rizky, Slamet, Sugeng, Teguh, Tri, Wahyu, Wayan, Yudi, Yusuf",
    family: "Firmansyah, Gunawan, Halim, Hartono, Harahap, Hidayat, Irawan, Kurniawan, Kusuma, Lubis, \
        Maulana, Nasution, Nugroho, Permadi, Pramana, Prasetyo, Purnomo, Rahardjo, Ramadhan, Saputra, \
        Santoso, Setiawan, Simanjuntak, Sitompul, Sulistyo, Suryadi, Susanto, Utomo, Wibowo, Wijaya",
    family_female: "",
    called: "Sri Wahyuni=Yuni, Bambang=Bam, Rizky=Kiki, Nur Aini=Aini, Tri Astuti=Tuti",
    habits: &[(250, Habit::GivenNameOnly), (130, Habit::FamilyNameOnly)],
};
