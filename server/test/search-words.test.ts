import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'

/** On both databases, whatever their locale: what the index holds and what is asked for are cut and folded by one function. */
const server = await startServer()
const { secret: key } = await server.credential('admin')

const post = async (path: string, json: Json) => {
  const { status, body, text } = await server.call('POST', `/api/v1/${path}`, { key, json })
  assert.equal(status, 201, text)
  return body
}
const idsOf = async (list: string, q: string): Promise<number[]> => {
  const { body, text } = await server.call(
    'GET',
    `/api/v1/${list}?limit=100&sort=-created_at&q=${encodeURIComponent(q)}`,
    { key },
  )
  assert.ok(body?.data, text)
  assert.equal(body.meta.total_count, body.data.length)
  return body.data.map(({ id }: { id: number }) => id)
}

async function finds(title: string, queries: string[], others: string[] = []): Promise<void> {
  const { id } = await post('documents', { title })
  for (const q of queries) assert.ok((await idsOf('documents', q)).includes(id), `“${title}” by “${q}”`)
  for (const q of others) assert.ok(!(await idsOf('documents', q)).includes(id), `“${title}” by “${q}”`)
}

test('case does not matter in any script, nor how a letter is composed', async () => {
  await finds('İstanbul Ofisi', ['İstanbul', 'istanbul', 'ISTANBUL', 'i\u0307stanbul'])
  await finds('ΟΔΟΣ ΑΘΗΝΑΣ', ['οδος', 'Οδός', 'αθηνας'])
  await finds('Москва План', ['москва', 'МОСКВА'])
  await finds('Re\u0301sume\u0301', ['Résumé', 'Re\u0301sume\u0301', 'RÉSUMÉ'])
  await finds('한국어 문서', ['한국어', '한국어'.normalize('NFD')])
})

test('accents need not be typed, and letters are kept that are more than an accent apart', async () => {
  await finds('Chính sách Đà Nẵng', ['chinh sach', 'da nang', 'Đà Nẵng'])
  await finds('Łódź, Ærø, Þingvellir', ['lodz', 'aero', 'thingvellir', 'łódź'])
  await finds('Ёлка, мой май', ['елка', 'май'], ['мои', 'маи'])
  await finds('ハハとパパ', ['ハハ', 'ﾊﾟﾊﾟ'], ['ババ'])
  await finds('שָׁלוֹם', ['שלום'])
  await finds('أحمد سِياسةُ مـــرحبا', ['احمد', 'سياسة', 'مرحبا'])
})

test('forms of one letter are one letter, and digits of every script are digits', async () => {
  await finds('ＡＢＣ報告', ['ABC', 'abc'])
  await finds('ﬁnance Straße CO₂ x²', ['finance', 'strasse', 'STRASSE', 'co2', 'x2'])
  await finds('تقرير ٢٠٢٣', ['2023', '٢٠٢٣'])
  await finds('रिपोर्ट २०२४', ['2024'])
  await finds('Comserv™ guide', ['comserv guide'])
})

test('invisible characters in a content do not split words', async () => {
  const { id } = await post('documents', { title: 'Unseen', content: 'soft\u00adhyphen zero\u200bwidth' })
  for (const q of ['softhyphen', 'soft\u00adhyphen', 'zerowidth'])
    assert.deepEqual(await idsOf('documents', q), [id])
})

test('apostrophes and joiners inside a word do not keep it from being found', async () => {
  await finds('L’Avion of O\u02bcBrien', ["l'avion", 'avion', 'lavion', "O'Brien", 'OBrien', 'brien', "o'br"])
  await finds('می\u200cخواهم', ['میخواهم', 'می\u200cخواهم', 'خواهم'])
})

test('marks of Indic scripts and of Thai belong to the word', async () => {
  await finds('कुमार की सूची', ['कुमार', 'सूची'], ['काम', 'कमर', 'की कमार'])
  await finds('मेरा नाम', ['नाम'], ['मूर्ति', 'नमी'])
  await finds('ม้า', ['ม้า'], ['มา'])
})

test('sara am of Thai and Lao is found however it was typed', async () => {
  const spellings = ['น\u0e49\u0e33', 'น\u0e4d\u0e49\u0e32', 'น\u0e49\u0e4d\u0e32']
  for (const word of spellings) await finds(`รายงาน${word}ท่วม`, spellings, ['นาท'])
  const lao = ['ນ\u0ec9\u0eb3', 'ນ\u0ecd\u0ec9\u0eb2', 'ນ\u0ec9\u0ecd\u0eb2']
  for (const word of lao) await finds(`ລາຍງານ${word}ຖ້ວມ`, lao)
  await finds('แผนงาน', ['เเผนงาน', 'แผน'])
  await finds('เเผนที่', ['แผนที่'])
})

test('an iota subscript is found as a letter, as a mark, and left out', async () => {
  await finds('ᾳ ᾍδης τῷ ΤΩΙ', ['αι', 'ᾳ', 'ᾼ', 'α', 'αιδης', 'ᾅδης', 'αδης', 'Ἅιδης', 'τω αδης', 'τωι αδης'])
})

test('a word inside a run without spaces is found, one character of it, too', async () => {
  await finds(
    '年次報告書2023',
    ['報告書', '次報', '年', '書', '2023', '報告書2023', '年次 20'],
    ['告報', '書年'],
  )
  await finds('出張ポリシーのご案内', ['ポリシー', '案内', 'のご'])
  await finds('출장정책안내', ['정책', '안내'])
  await finds('นโยบายการเดินทาง', ['การเดินทาง', 'นโยบาย'])
  await finds('ກະຊວງການເງິນ', ['ການເງິນ'])
  await finds('ភាសាខ្មែរ', ['ខ្មែរ'])
  await finds('မြန်မာစာ', ['စာ'])
  await finds('𠮷野家の店', ['𠮷野', '野家', '𠮷'])
})

test('the last word may be a beginning, and only the last', async () => {
  await finds('Annual Report', ['annual rep', 'report ann'], ['ann report'])
  await finds(`${'x'.repeat(250)} end`, ['x'.repeat(200), 'x'.repeat(50)])
})

test('what only looks like the language of a database is a word like any other', async () => {
  for (const q of [`"a" OR b*`, `a' | 'b`, 'NEAR(a b)', 'a:* & !b', 'a\\b'])
    assert.deepEqual(await idsOf('documents', q).then((ids) => ids.filter((id) => id < 0)), [], q)
  await finds('AND OR NOT near', ['and', 'or not', 'NEAR'])
})

test('users are found by their current words, not by former names', async () => {
  const { id } = await post('users', {
    username: 'lowenthal',
    email: 'm.loewenthal@example.org',
    password: 'a passphrase of mine',
    profile: { first_name: 'Małgorzata', last_name: 'Löwenthal' },
  })
  for (const q of ['malgorzata', 'Löwenthal', 'lowen', 'loewenthal', 'example org'])
    assert.deepEqual(await idsOf('users', q), [id], q)
  await server.call('PATCH', `/api/v1/users/${id}`, { key, json: { profile: { first_name: '美咲' } } })
  assert.deepEqual(await idsOf('users', '咲'), [id])
  assert.deepEqual(await idsOf('users', 'malgorzata'), [])
  await server.call('DELETE', `/api/v1/users/${id}`, { key })
  assert.deepEqual(await idsOf('users', 'lowenthal'), [])
  await server.call('POST', `/api/v1/users/${id}/restore`, { key })
  assert.deepEqual(await idsOf('users', 'lowenthal'), [id])
})

test('the last word of a very long content is found, in whatever script', async () => {
  const long = (unit: (i: number) => string, length: number) => {
    let content = ''
    for (let i = 0; content.length < length; i++) content += unit(i)
    return content
  }
  const contents = [
    long((i) => `w${i} `, 900_000),
    `${'a'.repeat(300_000)} `,
    long((i) => String.fromCodePoint(0x4e00 + (i % 3_000)), 300_000),
    long((i) => `слово${i % 5_000} `, 300_000),
  ]
  for (const [i, content] of contents.entries()) {
    const { id } = await post('documents', { title: `Long ${i}`, content: `${content}needle${i}終` })
    assert.deepEqual(await idsOf('documents', `needle${i}`), [id])
  }
})

test('of more different words than an index takes the first are found, and the document is stored whole', async () => {
  let content = ''
  for (let i = 0; content.length < 320_000; i++)
    content += String.fromCodePoint(0x4e00 + ((i * i * 7 + i * 13) % 20_000), 0x4e00 + ((i * 31) % 19_997))
  const { id } = await post('documents', { title: '無数', content })
  assert.deepEqual(await idsOf('documents', '無数'), [id])
  const { body } = await server.call('GET', `/api/v1/documents/${id}`, { key })
  assert.equal(body.content, content)
})
