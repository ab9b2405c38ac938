/**
 * Letters that look like another one, by the confusables of Unicode 15.0 (UTS 39, confusables.txt): lower-case letters of
 * Latin, Greek, Cyrillic, Armenian, Coptic and Cherokee, each with what it looks like in lower case or else as a capital:
 * an ASCII character, or the first of the letters above that look the same. The one exception is the palochka (U+04CF),
 * listed there as an i in lower case, but drawn as an l by most fonts.
 */
const tables: readonly [letters: string, lookLike: string][] = [
  ['ıƅƍƨƽǀȝȣɑɜɡɣɩɪɯʀʋʏʒʝᴄᴏᴑᴜᴠᴡᴢᶃᶌẝỿꜱꝛꝫꝯꞙꞟꞵꬲꬵꬽꭇꭈꭎꭒꭓꭚ', 'ibg2sl38a3gyiiwruy3jcoouvwzgyfys239fubeforruuxy'],
  ['αβγεζηικμνορστυχϝϳϻᴦ', 'abyezhikmvopotuxfjmr'],
  ['абвгезкмнорстухьѕіјѡѵүһҽӏӡԁԍԛԝꙅꙇ', 'a6bre3kmhopctyxbsijwvyhel3dgqw2i'],
  ['ագզհոռստցքօ', 'wqqhnnusgfo'],
  ['ϩⲅⲏⲓⲕⲙⲛⲟⲣⲥⲧⲩⲭⳋⳍⳑⳓ', '2rhikmnopctyx93i6'],
  ['ᏻᏼꭰꭱꭲꭵꭹꭺꭻꭼꮁꮃꮇꮋꮍꮐꮒꮓꮞꮟꮢꮤꮥꮩꮪꮮꮯꮲꮶꮷꮾ', 'gbdrtiyajerwmhyghz4brwsvsicpkd6'],
  [
    'ͱͷͻͽδθλφωϸилпфяєљћѣѱѳҍғқҟңұӕәөԋԑծյպփᏺᴧᴩᴫⲇⲉⲗⲡⲫⲯⲱⲽⳤꙍꙩꚕꚙꭸꭾꮀꮎꮏꮛꮜꮻ',
    'ⱶᴎɔꜿẟɵʌɸꞷþᴎʌπɸᴙɛꭠħƀψɵƀɍⱪꝁⱨɏæǝɵƕɛẟȷɰɸɦʌᴘʌẟɛʌπɸψꞷшϗꞷʘɦꝏⱶɂⱶɵƫɛʉɵ',
  ],
]

/** Each look-alike with the character that stands for it and for everything else that looks the same. */
export const lookAlikes: ReadonlyMap<string, string> = new Map(
  tables.flatMap(([letters, lookLike]) => {
    const standIns = [...lookLike]
    return [...letters].map((letter, i): [string, string] => [letter, standIns[i] ?? letter])
  }),
)
