namespace Studio.Training.Tokenizers.Texts;

/// <summary>
/// Unicode data that .NET does not offer: scripts (Unicode 17) and canonical combining classes (14). From the Unicode Character Database; ranges as differences in base 36.
/// </summary>
internal static class UnicodeTables
{
    /// <summary>One line a script: its name, then its ranges: "distance from the last end" or "distance-length less one".</summary>
    public const string Scripts = """
        Adlam 2olc-23 5-9 5-1
        Ahom 1j40-q 3-e 5-m
        Anatolian_Hieroglyphs 1s00-g6
        Arabic 16o-4 2-5 2-d 2-2 2-v 2-9 c-p 2-2z 2-x 29-1b 6p-x 6-22 2-s 1bv5-dp 3-3z x-f 35-4 2-3q 31g-u 1w-5 9-8 y-5 181t-3 2-q 2-1 2 3 2-9 2-3 2 2 7 5 2 2 2-2 2-1 2 3 2 2 2
          2 2-1 2 3-3 2-6 2-3 2-3 2 2-9 2-g 6-2 2-4 2-g 1h-1
        Armenian 10x-11 3-1d 3-2 1chw-4
        Avestan 1gqo-1h 4-6
        Balinese 5c0-24 2-1d
        Bamum www-2f 124p-fs
        Bassa_Vah 1zo0-t 3-5
        Batak 5hc-1f 9-3
        Bengali 1vk-3 2-7 3-1 3-l 2-6 2 4-3 3-8 3-1 3-3 9 5-1 2-4 3-o
        Bhaiksuki 1k3k-8 2-18 2-d b-s
        Bopomofo kq-1 93u-16 35-v
        Brahmi 1hq8-25 5-z a
        Braille 7wg-73
        Buginese 54w-r 3-1
        Buhid 4lc-j
        Canadian_Aboriginal 3y8-hr fl-1x 1ewr-f
        Carian 1f34-1c
        Caucasian_Albanian 1flc-1f c
        Chakma 1hxc-1g 2-h
        Cham xkw-1i a-d 3-9 3-3
        Cherokee 3vk-2d 3-5 twz-27
        Chorasmian 1ho0-r
        Common 0-1s r-5 r-1a 2-e 2-4 o w ci-12 6-4 3-j 39 a 7 2 hq 7 f 4 x 4d ed 3m-1 yi ba-3 83 168-2 20-1 5o-1 2 y6 e 8-3 2-5 2-2 3 li-b 3-2e 2-a 4-a 2-e i-x 1r-11 2-2 3-5
          2-q 2-g 16-2 5-ih n-a m-pr 75-hf 3-3t e9-2l b7-k 2 2-o g-7 5-3 2k-1 4 2j-1 44-f x-11 a 1d-1r w-28 1c 2h-4n 535-1r hkx-x 2v-2 4m-9 6t 4h b0 f-1 g5v-1 5t-9 n-y 2-i 2-3
          44 2-v r-5 r-a b 1a-1 1t-6 2-6 b-4 77-2 5-18 4-8 29-c 1g-18 6d-q 10o5-3 319-70 4-c3 7-m g-g 2o-37 1p-6t b-12 3-1p 4-g 9-1 8-t 5-1o 5y-j d-j d-2e a-o 3s-2c 2-1y 2-1 3
          3-1 3-3 2-b 2 2-6 2-1s 2-3 3-7 2-6 2-r 2-3 2-4 2 4-6 2-9f 3-83 3-1d 41e-1v 25-1o jn-17 5-2r d-e 3-e 2-e 2-10 b-4t 1l-p 2-1 e-17 5-8 8-1 f-5 4b-rc 4-g 4-c 4-61 7-b 5
          g-b 5-1j 9-9 7-13 9-t 3-b 5-1 f-8 14-9j 9-d 3-c 4-a 4-1k 2 5-f 3-b 5-9 8-42 2-2u gvlz v-2n
        Coptic rm-d 80h-37 6-6
        Cuneiform 1kw0-pl 2v-32 2-4 c-5f
        Cypriot 1g5c-5 3 2-17 2-1 4 3
        Cypro_Minoan 1nyo-2q
        Cyrillic sg-3o 3-4o 4lt-a 4h 25 38o-v nr5-2n han-1 18n5-1p y
        Deseret 1fcw-27
        Devanagari 1s0-28 5-e 3-p vhd-v mip-9
        Dives_Akuru 1ji8-6 3 3-7 2-1 2-t 2-1 3-b a-9
        Dogra 1jb4-1n
        Duployan 2fpc-2y 6-c 4-8 8-9 3-3
        Egyptian_Hieroglyphs 1o1s-ut b-32y
        Elbasan 1fk0-13
        Elymaic 1hpc-m
        Ethiopic 3k0-20 2-3 3-6 2 2-3 3-14 2-3 3-w 2-3 3-6 2 2-3 3-e 2-1k 2-3 3-1u 3-v 4-p 547-m a-6 2-6 2-6 2-6 2-6 2-6 2-6 2-6 opv-5 3-5 3-5 a-6 2-6 1qk2-6 2-3 2-1 2-e
        Georgian 3a8-11 2 6 3-16 2-3 2a9-16 3-2 37l-11 2 6
        Glagolitic 8ow-2n 2e1t-6 2-g 3-6 2-1 2-4
        Gothic 1f74-q
        Grantha 1ibk-3 2-7 3-1 3-l 2-6 2-1 2-4 3-8 3-1 3-2 3 7 6-6 3-6 4-4
        Greek og-3 2-2 3-3 2 5 2 2-2 2 2-j 2-1q f-f 4yv-4 1f-4 5-4 2d 8x-l 3-5 3-11 3-5 3-7 2 2 2 2-u 3-1g 2-e 2-d 3-5 2-i 3-2 2-8 88 rb3 gyj-26 i 155s-1x
        Gujarati 22p-2 2-8 2-2 2-l 2-6 2-1 2-4 3-9 2-2 2-2 3 g-3 3-b 8-6
        Gunjala_Gondi 1kdc-5 2-1 2-10 2-1 2-5 8-9
        Gurmukhi 1z5-2 2-5 5-1 3-l 2-6 2-1 2-1 2-1 3 2-4 5-1 3-2 4 8-3 2 8-g
        Han 96o-p 2-2g d-5x 1c 2 q-8 f-3 qt-533 1t-g73 hkx-a5 3-2x n49-1 d-6 sga-wyn x-3dp 3-4gd 3-5rk g-h9 1wj-f1 15v-3t6 6-6jt
        Hangul 3cw-73 5yn-1 76-2l 36-u 1u-u nhe-s hw-8mb d-m 5-1c 7tx-u 4-5 3-5 3-5 3-2
        Hanifi_Rohingya 1h4w-13 9-9
        Hanunoo 4kg-k
        Hatran 1gbk-i 2-1 6-4
        Hebrew 13l-1i 9-q 5-5 1cfd-p 2-4 2 2-1 2-1 2-9
        Hiragana 9j5-2d 7-2 23qa-7y j u-2 cry
        Imperial_Aramaic 1g74-l 2-8
        Inherited lc-33 7q-1 cl-a r kh-3 3fg-19 3-b dh-2 2-c 2-6 5 7 4-1 5j-1r el-1 5f-w 30a-3 30-1 14km-f h-d r4 6b 38b 1139-19 3-m f5-2 i-7 3-6 v-3 h45v-6n
        Inscriptional_Pahlavi 1gtc-i 6-7
        Inscriptional_Parthian 1gsg-l 3-7
        Javanese xhc-25 3-9 5-1
        Kaithi 1hts-1u b
        Kannada 2gw-c 2-2 2-m 2-9 2-4 3-8 2-2 2-3 8-1 6-2 2-3 3-9 2-2
        Katakana 9lt-2h 3-2 6p-f 5t-1a 2-2f 14b3-9 2-18 ytv-3 2-6 2-1 2 80-2 1f f-3
        Kawi 1kow-g 2-14 4-s
        Kayah_Li xds-19 2
        Kharoshthi 1gjk-3 2-1 6-7 2-2 2-s 3-2 5-9 8-8
        Khitan_Small_Script 20o4 5cs-d1 16
        Khmer 4n4-2l 3-9 7-9 dj-v
        Khojki 1i4g-h 2-1a
        Khudawadi 1i9c-1m 6-9
        Lao 2v5-1 2 2-4 2-n 2 2-m 3-4 2 2-6 2-9 3-3
        Latin 1t-p 7-p 1c g 6-m 2-u 2-cg 14-4 55o-11 7-1c 6-3 6-c 2-1x 1u-73 aa e h-c 3y-1 7 s i-14 254-v o83-2t 4-29 l-e mp-16 2-8 2-3 fpz-6 t7-p 7-p 1ly-5 2-15 2-8 16iu-u 7-5
        Lepcha 5j4-1j 4-e 4-2
        Limbu 4xs-u 2-b 5-b 5 4-b
        Linear_A 1fr4-8m a-l b-7
        Linear_B 1ekg-b 2-p 2-i 2-1 2-e 3-d z-3e
        Lisu wk0-1b o8h
        Lycian 1f28-s
        Lydian 1gdc-p 6
        Mahajani 1hzk-12
        Makasar 1ko0-o
        Malayalam 2kg-c 2-2 2-1e 2-2 2-5 5-f 3-p
        Mandaic 1mo-r 3
        Manichaean 1gow-12 5-b
        Marchen 1k6o-v 3-l 2-d
        Masaram_Gondi 1kao-6 2-1 2-17 4 2-1 2-8 9-9
        Medefaidrin 20cg-2i
        Meetei_Mayek xr4-m 5m-19 3-9
        Mende_Kikakui 2oe8-5g 3-f
        Meroitic_Cursive 1ggw-n 5-j 3-19
        Meroitic_Hieroglyphs 1gg0-v
        Miao 20hs-22 5-1k 8-g
        Modi 1iww-1w c-9
        Mongolian 4qo-1 3 2-j 7-2g 8-16 1e46-c
        Mro 1zk0-u 2-9 5-1
        Multani 1i80-6 2 2-3 2-e 2-a
        Myanmar 35s-4f u9t-u 2q-v le9-j
        Nabataean 1g8w-u 9-8
        Nag_Mundari 2nrk-15
        Nandinagari 1jmo-7 3-19 3-a
        New_Tai_Lue 51c-17 5-p 7-a 4-1
        Newa 1iio-2j 2-4
        Nko 1j4-1m 3-2
        Nushu 20o1 cy7-az
        Nyiakeng_Puachue_Hmong 2n0g-18 4-d 3-9 5-1
        Ogham 4g0-s
        Ol_Chiki 5lc-1b
        Old_Hungarian 1h1c-1e e-1e 8-5
        Old_Italic 1f5s-z a-2
        Old_North_Arabian 1gn4-v
        Old_Permic 1f80-16
        Old_Persian 1fa8-z 5-d
        Old_Sogdian 1hj4-13
        Old_South_Arabian 1gm8-v
        Old_Turkic 1gxs-20
        Old_Uyghur 1hm8-p
        Oriya 269-2 2-7 3-1 3-l 2-6 2-1 2-4 3-8 3-1 3-2 8-2 5-1 2-4 3-h
        Osage 1fhs-z 5-z
        Osmanya 1fgg-t 3-9
        Pahawh_Hmong 1zpc-1x b-9 2-6 2-k 6-i
        Palmyrene 1g80-v
        Pau_Cin_Hau 1juo-1k
        Phags_Pa x8g-1j
        Phoenician 1gcg-r 4
        Psalter_Pahlavi 1gu8-h 8-3 d-6
        Rejang xf4-z c
        Runic 4gw-22 4-a
        Samaritan 1kw-19 3-e
        Saurashtra xa8-1x 9-b
        Sharada 1i0w-2n 1vl-7
        Shavian 1ff4-1b
        Siddham 1itc-1h 3-11
        SignWriting 2l8g-i3 g-4 2-e
        Sinhala 2o1-2 2-h 4-n 2-8 2 3-6 4 5-5 2 2-7 7-9 3-2 1fcd-j
        Sogdian 1hkg-15
        Sora_Sompeng 1hw0-o 8-9
        Soyombo 1jrk-2a
        Sundanese 5fk-1r 75-7
        Syloti_Nagri x6o-18
        Syriac 1ds-d 2-1n 3-2 7l-a
        Tagalog 4jk-l a
        Tagbanwa 4m8-c 2-2 2-1
        Tai_Le 500-t 3-4
        Tai_Tham 55s-1q 2-s 3-a 7-9 7-d
        Tai_Viet xog-1u p-4
        Takri 1j0g-1l 7-9
        Tamil 29u-1 2-5 4-2 2-3 4-1 2 2-1 4-1 4-2 4-b 5-4 4-2 2-3 3 7 f-k 1ih2-1d e
        Tangsa 1zlc-26 2-9
        Tangut 20o0 w-5bz e9-u 2q-36
        Telugu 2dc-c 2-2 2-m 2-f 3-8 2-2 2-3 8-1 2-2 2-1 3-3 3-9 8-8
        Thaana 1hc-1d
        Thai 2rl-1l 6-r
        Tibetan 2yo-1z 2-z 5-12 2-z 2-e 2-6 5-1
        Tifinagh 8xc-1j 8-1 f
        Tirhuta 1im8-1z 9-9
        Toto 2nbk-u
        Ugaritic 1f9c-t 2
        Vai wlc-8b
        Vithkuqi 1fn4-a 2-e 2-6 2-1 2-a 2-e 2-6 2-1
        Wancho 2ncw-1l 6
        Warang_Citi 1jfk-2a d
        Yezidi 1hfk-15 2-2 3-1
        Yi vls-wc 4-1i
        Zanabazar_Square 1jpc-1z
        """;

    /// <summary>Ranges as in <see cref="Scripts"/>, each with ":class".</summary>
    public const string CombiningClasses = """
        lc-k:6e 1:6g 1-3:64 1:6g 1:60 1-4:64 1-1:5m 1-3:64 1-1:5m 1-a:64 1-4:1 1-3:64 1-7:6e 1:6o 1:6e 1-2:64 1-2:6e 1-1:64 2-2:6e 1-3:64 1:6e 1:6g 1-1:64 1:6e 1:6h 1-1:6i 1:6h
        1-1:6i 1:6h 1-c:6e 7o-4:6e 7e:64 1-3:6e 1:64 1-2:6e 1:66 1:64 1-5:6e 1-5:64 1-1:6e 1:64 1-1:6e 1:66 1:6c 1:6e 1:a 1:b 1:c 1:d 1:e 1:f 1:g 1:h 1:i 1-1:j 1:k 1:l 1:m 2:n
        2:o 1:p 2:6e 1:64 2:i 21-7:6e 1:u 1:v 1:w 1d:r 1:s 1:t 1:u 1:v 1:w 1:x 1:y 1-1:6e 1-1:64 1-4:6e 1:64 1-1:6e 1:64 h:z 2u-6:6e 3-3:6e 1:64 1:6e 3-1:6e 2:64 1-1:6e 1:64
        10:10 v:6e 1:64 1-1:6e 1:64 1-1:6e 1-2:64 1:6e 1-1:64 1:6e 1:64 1-2:6e 1:64 1:6e 1:64 1:6e 1:64 1:6e 1:64 1-1:6e 4h-6:6e 1:64 1:6e a:64 p-3:6e 2-8:6e 2-2:6e 2-4:6e
        18-2:64 1p:6e 1-2:64 1-3:6e 17-4:6e 1-4:64 1-d:6e 2:64 1-1:6e 1:64 1-1:6e 1:64 1-2:6e 1-2:64 1:r 1:s 1:t 1-2:6e 1:64 1-1:6e 1-1:64 1-4:6e 1p:7 h:9 4:6e 1:64 1-1:6e 2w:7
        h:9 1d:6e 1q:7 h:9 33:7 h:9 33:7 h:9 3k:9 33:7 h:9 8:2c 1:2j 2u:7 h:9 32-1:9 h:9 3h:9 32-1:2v 1:9 e-3:2z 31-1:3a 1:9 e-3:3e 25-1:64 s:64 2:64 2:60 1k:3l 1:3m 2:3o
        6-3:3m 3:3m 2-1:6e 1:9 2-1:6e 1r:64 35:7 2-1:9 2b:64 k0-2:6e qd-1:9 v:9 4e:9 b:6e 5o:6c 40:66 1:6e 1:64 64:6e 1:64 20:9 l-7:6e 3:64 1d-4:6e 1-5:64 1-1:6e 1:64 2-1:64
        1-1:6e 1-1:64 1-4:6e 1:64 1-3:6e 2u:7 g:9 13:6e 1:64 1-6:6e 1j-1:9 1n:7 c-1:9 1w:7 49-2:6e 2:1 1-4:64 1-1:6e 1-3:64 1:6e 2-6:1 5:64 7:6e 4-1:6e 5j-1:6e 1:64 1-6:6e 1:64
        1-1:6e 1:6i 1:5y 1:64 1:5m 1-10:6e 1:6g 1-1:6c 1:64 1:62 1:6e 1:6h 1:64 1:6e 1:64 k1-1:6e 1-1:1 1-3:6e 1-2:1 1-1:6e 5:6e 4-1:1 1:6e 1:64 1:6e 1-1:1 1-3:64 1:6e 2db-2:6e
        3y:9 2p-v:6e ff:62 1:6c 1:6g 1:66 1-1:68 2y-1:8 n9x:6e 5-9:6e x-1:6e 29-1:6e 7p:9 12:9 48:9 s-h:6e 1m-2:64 12:9 2o:7 d:9 6o:6e 2-1:6e 1:64 3-1:6e 6-1:6e 2:6e 1h:9 6v:9
        fn5:q le-6:6e 1-6:64 1-1:6e r2:64 6b:64 46-4:6e 1ar:64 2:6e 15:6e 1:1 1:64 5:9 4m:6e 1:64 fy-3:6e as-1:6e 4a-1:64 1-2:6e 1:64 1:6e 1-3:64 1e:6e 1:64 1:6e 1:64 5d:9 16:9
        f:9 1m:9 1:7 1y-2:6e 1d-1:9 1r:7 25:9 a:7 2z:9 1:7 4z:7 1:9 29-1:7 h:9 p-6:6e 4-4:6e 5q:9 4:7 o:6e 2s:9 1:7 70:9 1:7 3j:9 3b:9 1:7 38:9 7i:9 1:7 77-1:9 5:7 4d:9 2c:9
        j:9 2a:9 bq:9 77:7 2-1:9 2a:9 fa1-4:1 1o-6:6e xm-1:6 f59:1 43r-1:60 1-2:1 4:6a 1-4:60 9-7:64 3-4:6e 1-1:64 v-3:6e 45-2:6e 2po-6:6e 2-g:6e 3-6:6e 2-1:6e 2-4:6e 7a-6:6e
        ag:6e 1q-3:6e 15t-6:64 32-5:6e 1:7
        """;

    /// <summary>Code points that Unicode 9 knows; noncharacters and private use count.</summary>
    public const string AssignedInUnicode9 = """
        0-on 3-5 5-6 2 2-j 2-b0 2-11 3-6 2-12 2-1 3-2 2-1i 9-q 6-4 c-s 2-6n 2-1n 3-2s f-1m 6-19 3-e 2-r 3 1u-k 2-7 n-4v 2-7 3-1 3-l 2-6 2 4-3 3-8 3-1 3-3 9 5-1 2-4 3-l 6-2 2-5
        5-1 3-l 2-6 2-1 2-1 2-1 3 2-4 5-1 3-2 4 8-3 2 8-f c-2 2-8 2-2 2-l 2-6 2-1 2-4 3-9 2-2 2-2 3 g-3 3-b 8 8-2 2-7 3-1 3-l 2-6 2-1 2-4 3-8 3-1 3-2 9-1 5-1 2-4 3-h b-1 2-5
        4-2 2-3 4-1 2 2-1 4-1 4-2 4-b 5-4 4-2 2-3 3 7 f-k 6-3 2-7 2-2 2-m 2-f 4-7 2-2 2-3 8-1 2-2 6-3 3-9 9-b 2-7 2-2 2-m 2-9 2-4 3-8 2-2 2-3 8-1 8 2-3 3-9 2-1 f-2 2-7 2-2 2-14
        3-7 2-2 2-5 5-f 3-p 3-1 2-h 4-n 2-8 2 3-6 4 5-5 2 2-7 7-9 3-2 d-1l 5-s 12-1 2 3-1 2 3 7-3 2-6 2-2 2 2 3-1 2-c 2-2 3-4 2 2-5 3-9 3-3 x-1z 2-z 5-12 2-z 2-e 2-c 12-5h 2 6
        3-ag 2-3 3-6 2 2-3 3-14 2-3 3-w 2-3 3-6 2 2-3 3-e 2-1k 2-3 3-1u 3-v 4-p 7-2d 3-5 3-ik 4-2g 8-c 2-6 c-m a-j d-c 2-2 2-1 d-2l 3-9 7-9 7-e 2-9 7-2f 9-16 6-1x b-u 2-b 5-b 5
        4-15 3-4 c-17 5-p 7-a 4-1p 3-1s 2-s 3-a 7-9 7-d 3-e 1u-23 5-18 4-37 9-1n 4-e 4-1n 1k-7 9-12 2-1 7-6t 6-7u 3-5 3-11 3-5 3-7 2 2 2 2-u 3-1g 2-e 2-d 3-5 2-i 3-2 2-8 2-2s
        2-b 3-q 2-c 4-u i-w g-3v 5-ha 2-12 q-a m-1eb 3-v 3-x 4-b 2-7 r-3 h-1a 2-1a 2-43 6-18 2 6 3-1j 8-1 f-n a-6 2-6 2-6 2-6 2-6 2-6 2-6 2-6 2-2s 1o-p 2-2g d-5x r-b 5-1r 2-2d
        3-2u 6-14 4-2l 2-16 6-z d-1a 2-66 2-59x b-g7p 17-wc 4-1i a-9n l-53 9-4u 2-7 1s-1g 5-9 7-1j 9-1x 9-b 7-t 3-2b c-t 4-25 2-a 5-w 2-1i a-d 3-9 3-2u p-r b-5 3-5 3-5 a-6 2-6
        2-1h b-3h 3-9 7-8mb d-m 5-1c 5-6st 3-2x 13-6 d-4 6-p 2-4 2 2-1 2-1 2-3f i-a4 h-1r 3-1h 9-19 3-p 7-1e 2-i 2-3 5-4 2-3q 3 2-59 4-5 3-5 3-5 3-2 4-6 2-6 b-i 2-p 2-i 2-1 2-e
        3-d z-3e 6-2 5-18 4-2f 2-b 5 1c-19 3n-s 4-1c g-r 5-z d-q 6-16 6-t 2-10 5-d 17-4d 3-9 7-z 5-z 5-13 9-1f c 41-8m a-l b-7 49-5 3 2-17 2-1 4 3-m 2-1z 9-8 1d-i 2-1 6-w 4-q 6
        1t-1j 5-j 3-1d 2-1 6-7 2-2 2-q 5-2 5-8 9-8 8-1r x-12 5-b a-1h 4-s 3-q 6-p 8-3 d-6 29-20 1k-1e e-1e 8-5 9t-u aq-25 5-t g-1u f-o 8-9 7-1g 2-d d-12 a-25 3-f 2-j c-h 2-17
        1u-6 2 2-3 2-e 2-a 7-1m 6-9 7-3 2-7 3-1 3-l 2-6 2-1 2-4 3-8 3-1 3-2 3 7 6-6 3-6 4-4 3w-2h 2 2 z-1z 9-9 4n-1h 3-11 z-1w c-9 7-c k-1j 9-9 1j-p 4-e 5-f 9t-2a d ch-1k 7c-8
        2-18 2-d b-s 4-v 3-l 2-d ne-pl 2v-32 2-4 c-5f 24d-tq 34i-g6 6nu-fs 8-u 2-9 5-1 2p-t 3-5 b-1x b-9 2-6 2-k 6-i oh-1w c-1a h-g 1t w-4q4 k-ky 7bi-1 2db-2y 6-c 4-8 8-9 3-7
        3tp-6t b-12 3-5b o-1x 57-2e a-h 3z-2c 2-1y 2-1 3 3-1 3-3 2-b 2 2-6 2-1s 2-3 3-7 2-6 2-r 2-3 2-4 2 4-6 2-9f 3-83 3-jh g-4 2-e 11t-6 2-g 3-6 2-1 2-4 1jq-5g 3-f 16-22 6-9
        5-1 wx-3 2-q 2-1 2 3 2-9 2-3 2 2 7 5 2 2 2-2 2-1 2 3 2 2 2 2 2-1 2 3-3 2-6 2-3 2-3 2 2-9 2-g 6-2 2-4 2-g 1h-1 7j-17 5-2r d-e 3-e 2-e 2-10 b-c 4-u 2-1n 5-1o 1m-s e-17
        5-8 8-1 4v-r6 e-c 4-6 a-37 d-2c 18-b 5-1j 9-9 7-13 9-t 2r-e 2-7 9 3-b 2-b 5-e y-h 1b 18e-wyg 16-378 c-65 3-4g1 867-f1 15t-1 1ekf-1 1ekf-1 1ekf-1 1ekf-1 1ekf-1 1ekf-1
        1ekf-1 1ekf-1 1ekf-1 1ekf-1 1ekf-1 2 v-2n 3l-6n 1e6n-2t4x
        """;

    /// <summary>Alphabetic beside letters and letter numbers.</summary>
    public const string OtherAlphabetic = """
        n9 u-c g1-d 2 2-1 2-1 2 21-a 1d-c 2-6 h 2u-6 5-3 3-1 5 10 v-f 2v-a 2u-1 4-8 2-2 2-3 2z 1p-b 4-6 7-j 1j-1 3-e 2-1 6-2 b-1 u-2 1n-6 3-1 3-1 b b-1 u-2 1n-4 5-1 3-1 5 v-1 4
        c-2 1n-7 2-2 2-1 m-1 n-2 5-2 1n-6 3-1 3-1 a-1 b-1 v 1o-4 4-2 2-2 b 15-4 1m-6 2-2 2-2 9-1 c-1 u-2 1n-6 2-2 2-2 9-1 c-1 g d-3 1n-6 2-2 2-2 b b-1 u-2 24-5 2 2-7 j-1 1q 3-6
        j 2s 3-5 2-1 h 4k-i a-a 2-z 33-b 2 3-3 o-3 5-2 2-2 3-6 4-3 e-b 2 b-3 19x-1 v-1 v-1 v-1 1v-i 59-1 z 3b-b 5-8 67-4 1m-9 3-j 23-1 c-2 1e-4 1d-e 1p-2 v-8 3-1 1m-a 1f-i bh-x
        1c2-1f 1rr-v nsl-7 z-1 9v 9 o-4 2h-1 1f-f 2 1m 13-4 t-b 1a-3 1d-b 12 1w-d d 9-1 1a-2 1f 2-2 3-1 6 19-4 6 6m-7 fn8 1nc-4 1af-2 2-1 6-3 lx-3 1u 8y-1 26-2 78-2 1i-d 1a-1
        c-2 1a-8 a 1q-2 11-b j-1 1m-2 1d-c f-1 2l-8 3 7 3 4e-9 o-3 1n-6 3-1 3-1 b b-1 2d-8 2 3 2-3 2-1 2w-c 2-2 2z-h 6m-6 3-6 u-1 2b-e 2 2z-a 2w-d 76-c 6w-5 2-1 3-1 4 2 3z-6
        3-5 5 t-9 17-4 2-3 j-a 1b-d 5l-7 5k-7 2-6 2c-l 2-d 3f-5 4 2-1 2-2 2 4 1v-4 2-1 2-3 9p-3 a-1 2 1d-6 4-2 d0e-g 2sh 2-1i 8-3 2m-1 f59 6zm-6 2-g 3-6 2-1 2-4 2t 190 3 8-1 6
        gi 1k9-p 7-p 7-p
        """;

    /// <summary>Lowercase beside the category Ll.</summary>
    public const string OtherLowercase = """
        4q g dy-8 8-1 v-4 2p 1h 2o2 2eo-1q e z-10 j6 e h-c 5w-f nl-p 1hv-1 o4f-1 5v 3l-3 4-1 o3-3 a i6v 3-2 2-15 2-8 16ra-1p
        """;

    /// <summary>Uppercase beside the category Lu.</summary>
    public const string OtherUppercase = """
        6lc-f nb-p 2ixt-p 7-p 7-p
        """;
}
