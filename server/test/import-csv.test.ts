import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readCsvRecords } from '../src/import/csv-records.ts'
import { linesOf } from '../src/import/lines.ts'
import { type Json, startServer } from './harness.ts'
import { fileFolder, oneWithoutPassword, runImport } from './importing.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const { file, newPath } = fileFolder()

let imports = 0
/** Users of a file, with `*` in their names made one of this import alone. */
async function importUsers(csv: string | ((star: string) => string | Buffer), ...options: string[]) {
  const star = `i${++imports}`
  const content = typeof csv === 'function' ? csv(star) : csv.replaceAll('*', star)
  const run = await runImport(server, ['users', ...options, file('csv', content)])
  const { body } = await server.call('GET', '/api/v1/users?limit=100&sort=-created_at', { key })
  const users: Json[] = body.data.filter(({ username }: Json) => username.startsWith(star))
  const names = users.map(({ username }) => username.slice(star.length)).sort()
  return { ...run, users, names, total: run.out.at(-1) }
}

async function whole({ users }: { users: Json[] }): Promise<Json> {
  return (await server.call('GET', `/api/v1/users/${users[0].id}`, { key })).body
}

const flat = (lines: readonly string[]) =>
  ['username,email,profile.first_name,profile.last_name', ...lines].join('\n')

test('a quote within a cell costs its own line', async () => {
  const { names, out } = await importUsers(
    flat(['*a,*a@example.org,5" pipe,A', '*b,*b@example.org,Ben,B', '*c,*c@example.org,Cleo,C', '']),
  )
  assert.deepEqual(names, ['b', 'c'])
  assert.deepEqual(out, [
    'line 2: A quote is inside a cell that does not begin with one; put the cell in quotes and double the quote.',
    '2 users were imported, 1 refused, 0 skipped; 3 rows read.',
  ])
})

test('a quote that opens and never closes costs its own line, also before cells in quotes', async () => {
  for (const later of ['*d,*d@example.org,Dora,D', '*d,*d@example.org,"Dora",D']) {
    const { names, out } = await importUsers(
      flat(['*a,*a@example.org,"Anna,A', '*b,*b@example.org,Ben,B', '*c,*c@example.org,Cleo,C', later]),
    )
    assert.deepEqual(names, ['b', 'c', 'd'])
    assert.match(out[0] ?? '', /^line 2: A quote opens in line 2\. It is not closed/)
    assert.equal(out.at(-1), '3 users were imported, 1 refused, 0 skipped; 4 rows read.')
  }
})

test('two stray quotes that close each other swallow nothing: each line between is told', async () => {
  for (const between of [['*b,*b@example.org,Ben,B', '*c,*c@example.org,Cleo,C'], []]) {
    const { names, out } = await importUsers(
      flat([
        '*x,*x@example.org,X,X',
        '*a,*a@example.org,"Anna,A',
        ...between,
        '*d,*d@example.org,Dora",D',
        '*e,*e@example.org,Eve,E',
      ]),
    )
    assert.deepEqual(names, ['e', 'x'])
    const lines = between.length + 2
    assert.match(
      out[0] ?? '',
      new RegExp(`^line 3: A quote opens in line 3\\. It closes in line ${lines + 2}`),
    )
    for (let i = 1; i < lines; i++)
      assert.equal(
        out[i],
        `line ${3 + i}: The line is inside a quote that opens in line 3; fix that line first.`,
      )
    assert.equal(out.at(-1), `2 users were imported, ${lines} refused, 0 skipped; ${lines + 2} rows read.`)
  }
})

test('quotes that are meant make many lines one text, whatever stands in it', async () => {
  const bio = 'x,y\n*z,*z@example.org\n"quoted"\r\n\rend'
  const { names, out, users } = await importUsers((star) => {
    const text = bio.replaceAll('*', star).replaceAll('"', '""')
    return `username,email,profile.bio\n${star}a,${star}a@example.org,"${text}"\n${star}b,${star}b@example.org,\n`
  })
  assert.deepEqual(names, ['a', 'b'])
  assert.equal(out.at(-1), '2 users were imported, 0 refused, 0 skipped; 2 rows read.')
  const a = users.find(({ username }) => username.endsWith('a'))
  const { body } = await server.call('GET', `/api/v1/users/${a.id}`, { key })
  assert.equal(body.profile.bio, bio.replaceAll('*', `i${imports}`))
})

test('text inside of broken quotes never becomes a row, where somebody may have written it', async () => {
  // An export that was cut off within a text that looks like rows.
  const { names, out } = await importUsers(
    flat(['"*a","*a@example.org","x","y', '*evil,*evil@example.org,x,y', '*evil2,*evil2@example.org,x,y']),
  )
  assert.deepEqual(names, [])
  assert.deepEqual(
    out.map((line) => /^line \d/.exec(line)?.[0]),
    ['line 2', 'line 3', 'line 4', undefined],
  )
  // Where no column tells a record from a sentence, nothing inside is taken for one.
  const documents = 'title,content\nOne,"Dear "Bob"\nplease come, thanks\nTwo,"fine"\nThree,fine\n'
  const run = await runImport(server, ['documents', file('csv', documents)])
  assert.deepEqual(
    run.out.map((line) => /^(line \d|1 document was imported)/.exec(line)?.[0]),
    ['line 2', 'line 3', 'line 4', '1 document was imported'],
  )
})

test('where nothing tells the two readings of quotes apart, the lines are refused, or --trust-quotes decides', async () => {
  const path = file('csv', 'title,content\nOffice,"Main Street 5\n10115 Berlin, Germany"\n')
  const refused = await runImport(server, ['documents', path])
  assert.match(refused.out[0] ?? '', /^line 2: .*or give --trust-quotes if it is one text\.$/)
  assert.equal(refused.out.at(-1), '0 documents were imported, 2 refused, 0 skipped; 2 rows read.')
  const trusted = await runImport(server, ['documents', '--trust-quotes', path])
  assert.deepEqual(trusted.out, ['1 document was imported, 0 refused, 0 skipped; 1 row read.'])
})

const people = [
  ['username', 'email', 'profile.first_name'],
  ['*zoe', '*zoe@example.org', 'Zoë 日本'],
  ['*yan', '*yan@example.org', 'Yan'],
]
const text = (star: string, separator: string, end: string) =>
  people
    .map((row) => row.join(separator) + end)
    .join('')
    .replaceAll('*', star)

const files: [string, (star: string) => string | Buffer, ...string[]][] = [
  ['semicolons', (star) => text(star, ';', '\r\n')],
  ['tabs', (star) => text(star, '\t', '\n')],
  ['bars', (star) => text(star, '|', '\n')],
  ['sep=;', (star) => `sep=;\r\n${text(star, ';', '\r\n')}`],
  ['"sep=|" after a mark', (star) => `\ufeff"sep=|"\r\n${text(star, '|', '\r\n')}`],
  ['CR alone', (star) => text(star, ',', '\r')],
  ['line ends of all kinds', (star) => text(star, ',', '\n').replace('\n', '\r').replace('\n', '\r\n')],
  ['a mark of UTF-8', (star) => `\ufeff${text(star, ',', '\n')}`],
  ['UTF-16 LE', (star) => Buffer.from(`\ufeff${text(star, '\t', '\r\n')}`, 'utf16le')],
  ['UTF-16 BE', (star) => Buffer.from(`\ufeff${text(star, ',', '\r')}`, 'utf16le').swap16()],
  ['UTF-16 without a mark', (star) => Buffer.from(text(star, ',', '\n'), 'utf16le')],
  ['blank lines before the header', (star) => `\n,,\n${text(star, ',', '\n')}`],
  [
    'columns and rows without anything',
    (star) => text(star, ',', ',,,\n').replace(/\n/, '\n,,,,,\n\n   \n"",\n'),
  ],
  [
    'names in other letters',
    (star) => text(star, ',', '\n').replace(people[0]?.join() ?? '', ' User Name ,E-Mail,FIRST NAME'),
  ],
  ['spaces around quotes', (star) => text(star, ',', '\n').replace(/,(\S+@\S+?),/g, ', "$1" ,')],
]
for (const [what, content, ...options] of files) {
  test(`a file is read as it is meant: ${what}`, async () => {
    const seen = await importUsers(content, ...options)
    assert.equal(seen.code, 0, [...seen.out, ...seen.err].join('\n'))
    assert.deepEqual(seen.names, ['yan', 'zoe'])
    const zoe = seen.users.find(({ username }) => username.endsWith('zoe'))
    const { body } = await server.call('GET', `/api/v1/users/${zoe.id}`, { key })
    assert.equal(body.profile.first_name, 'Zoë 日本')
  })
}

test('bytes that are no UTF-8 cost their line, until the encoding is said; what is done is not done again', async () => {
  const latin = Buffer.from(
    'username,email,profile.first_name\ni99a,i99a@example.org,Ann\ni99z,i99z@example.org,Zo\xeb \x80\n',
    'latin1',
  )
  const path = file('csv', latin)
  const first = await runImport(server, ['users', path])
  assert.match(first.out[0] ?? '', /^line 3: The line is not valid UTF-8; .* --encoding windows-1252\.$/)
  const second = await runImport(server, ['users', '--encoding', 'windows-1252', path])
  assert.equal(second.out[0], '1 user was imported, 0 refused, 1 skipped (1 imported earlier); 2 rows read.')
  const { body } = await server.call('GET', '/api/v1/users?q=i99z', { key })
  assert.equal((await whole({ users: body.data })).profile.first_name, 'Zoë €')
  const unknown = await runImport(server, ['users', '--encoding', 'klingon', path])
  assert.match(unknown.err[0] ?? '', /^--encoding klingon is not known/)
})

test('a header that does not fit is refused before anything is written, with what to do', async () => {
  const cases: [string, RegExp, ...string[]][] = [
    ['', /^The file has no header/],
    ['\n , \n', /^The file has no header/],
    ['{"username":"x"}', /^The file looks like JSON; give --format ndjson/],
    [
      'username,shoe size,hat\n',
      /^The columns 'shoe size', 'hat' are not known; say which field it is with --map "shoe size=FIELD", or leave it out with --map "shoe size="\. The fields are: username, email/,
    ],
    [
      'username,email,User Name\n',
      /^Two columns are named 'username' and 'User Name', which reads the same; rename one of them in the file\./,
    ],
    ['username,email,email\n', /^Two columns are named 'email'; rename one of them in the file\./],
    [
      'username,email,Login\n',
      /^The columns 'username', 'Login' are both username; leave one out with --map "Login="\./,
      '--map',
      'Login=username',
    ],
    ['username,email\n', /^--map shoe=foo: there is no field 'foo'; the fields are/, '--map', 'shoe=foo'],
    ['username,email\n', /^--map: the file has no column 'shoe'/, '--map', 'shoe=username'],
    ['username,email\n', /^--map username must be NAME=FIELD/, '--map', 'username'],
    ['username,email\n', /^--time-zone Mars\/Olympus is not known/, '--time-zone', 'Mars/Olympus'],
  ]
  for (const [content, problem, ...options] of cases) {
    const { code, err, out } = await importUsers(content, ...options)
    assert.deepEqual([code, out], [1, []], content)
    assert.match(err.join('\n'), problem)
  }
  const { code, out } = await importUsers('username,email\n')
  assert.deepEqual([code, out], [0, ['0 users were imported, 0 refused, 0 skipped; 0 rows read.']])
})

test('--map names fields, within the profile too, and leaves columns out', async () => {
  const seen = await importUsers(
    'Full Name,Mail,About = me,Shoe size\n*a,*a@example.org,Hi,44\n',
    ...['--map', 'Full Name=username', '--map', 'mail=email'],
    ...['--map', 'About = me=profile.bio', '--map', 'Shoe size='],
  )
  assert.equal(seen.code, 0, seen.err.join('\n'))
  assert.equal((await whole(seen)).profile.bio, 'Hi')
})

test('cells too many or too few are told', async () => {
  const { out, names } = await importUsers(
    'username,email,,role\n*a,*a@example.org\n*b,*b@example.org,,normal,x\n*c,*c@example.org,y,normal\n*d,*d@example.org,,normal,,\n',
  )
  assert.deepEqual(names, ['d'])
  assert.deepEqual(out.slice(0, 3), [
    'line 2: The record has 2 cells where the header names 4 columns.',
    'line 3: The record has 5 cells where the header names 4 columns.',
    'line 4: The header has no name for column 3, which is not empty.',
  ])
})

test('what spreadsheets make of cells is undone, or told where it cannot be', async () => {
  const one = async (columns: string, cells: string, ...options: string[]) => {
    const seen = await importUsers(`username,email,${columns}\n*a,*a@example.org,${cells}\n`, ...options)
    return seen.code === 0 ? whole(seen) : (seen.out[0] as string)
  }
  assert.equal((await one('profile.phone', "'+49 30 1234")).profile.phone, '+49 30 1234')
  assert.equal((await one('profile.phone', "'0049 30")).profile.phone, '0049 30')
  assert.equal((await one('profile.phone', '"=""0049"""')).profile.phone, '0049')
  assert.equal((await one('profile.bio', "'90s kid")).profile.bio, "'90s kid")
  assert.equal((await one('role,status', ' Editor ,ACTIVE')).role, 'editor')
  assert.match(
    await one('profile.phone', '4.93012E+11'),
    /'profile\.phone' field is a number that a spreadsheet has rounded/,
  )

  assert.match(
    await one('created_at', '2023-01-15 09:30:00'),
    /is a time without an offset; .* --time-zone UTC\.$/,
  )
  for (const written of ['15.01.2023 09:30', '1/15/2023 9:30', '44941.39583', 'Jan 15 2023'])
    assert.match(await one('created_at', written), /The column 'created_at' has .*yyyy-mm-dd hh:mm:ss/)
  const at = async (written: string, zone: string) =>
    (await one('created_at', written, '--time-zone', zone)).created_at
  assert.equal(await at('2023-01-15 09:30:00', 'Europe/Berlin'), '2023-01-15T08:30:00Z')
  assert.equal(await at('2023-07-15 09:30', 'Europe/Berlin'), '2023-07-15T07:30:00Z')
  assert.equal(await at('2023-01-15', '+02:00'), '2023-01-14T22:00:00Z')
  assert.equal(await at('2023-01-15T08:30:00+01:00', 'UTC'), '2023-01-15T07:30:00Z')
})

test('refused rows are written as they stood, with the reason, and can be imported once they are right', async () => {
  const refused = newPath('csv')
  const { code, out } = await importUsers(
    'username;email;profile.bio\n*a;*a;"two\r\nlines"\n*b;*b@example.org;ok\n*c;*c@example.org;5" pipe\n*d;no;',
    '--refused',
    refused,
  )
  assert.equal(code, 1)
  assert.equal(out.at(-1), `The refused rows are in ${refused}; fix them there and import that file.`)
  const star = `i${imports}`
  const written = readFileSync(refused, 'utf8')
  assert.deepEqual(written.split('\n'), [
    'import_error;username;email;profile.bio',
    `The 'email' field must be an email address such as jo@example.org.;${star}a;${star}a;"two\r`,
    'lines"',
    `"A quote is inside a cell that does not begin with one; put the cell in quotes and double the quote.";${star}c;${star}c@example.org;5" pipe`,
    `The 'email' field must be an email address such as jo@example.org.;${star}d;no;`,
    '',
  ])
  const fixed = written
    .replace(`;${star}a;${star}a;`, `;${star}a;${star}a@example.org;`)
    .replace('5" pipe', '"5"" pipe"')
    .replace(';no;', `;${star}d@example.org;`)
  const again = await runImport(server, ['users', file('csv', fixed)])
  assert.deepEqual(
    [again.code, again.out],
    [0, ['3 users were imported, 0 refused, 0 skipped; 3 rows read.']],
  )
  const taken = await runImport(server, ['users', '--refused', refused, file('csv', fixed)])
  assert.match(taken.err[0] ?? '', /is already there; name another file\.$/)
})

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
}

test('a stray quote before 300,000 lines costs its own line, and every other one is a record', async () => {
  const shape = {
    separator: ',',
    columns: 2,
    isTelling: true,
    trustsQuotes: false,
    couldBeRecord: () => true,
  }
  const count = 300_000
  const csv = Buffer.from(`"a,b\n${'c,d\n'.repeat(count)}`)
  let records = 0
  const problems: number[] = []
  for await (const record of readCsvRecords(linesOf(inChunks(csv, 65_536)), shape)) {
    if ('problem' in record) problems.push(record.line)
    else records++
  }
  assert.deepEqual([problems, records], [[1], count])
})

test('wherever a file is cut into chunks, the same records come out, with the lines of the file', async () => {
  const csv = Buffer.from('a,b\r\n"x ""y"",\r\nz",日本\r\n\r\n,\rlast,"😀"\n"",q\r')
  const shape = {
    separator: ',',
    columns: 2,
    isTelling: false,
    trustsQuotes: false,
    couldBeRecord: () => true,
  }
  for (let size = 1; size <= csv.length; size++) {
    const records = await Array.fromAsync(readCsvRecords(linesOf(inChunks(csv, size)), shape))
    assert.deepEqual(
      records.map((record) => [record.line, 'cells' in record ? record.cells : record.problem]),
      [
        [1, ['a', 'b']],
        [2, ['x "y",\r\nz', '日本']],
        [4, [undefined]],
        [5, [undefined, undefined]],
        [6, ['last', '😀']],
        [7, ['', 'q']],
      ],
    )
    assert.deepEqual(Buffer.concat(records.map(({ raw }) => raw)), csv)
  }
})

test('a row that is too long costs itself', async () => {
  const { names, out } = await importUsers(
    (star) =>
      `username,email\n${star}a,${star}a@example.org\n${'x'.repeat(17 * 1024 ** 2)}\n${star}b,${star}b@example.org\n`,
  )
  assert.deepEqual(names, ['a', 'b'])
  assert.equal(out[0], 'line 3: The row is longer than 16 MiB.')
})

test('"Unicode Text" of Excel is read as it is, and so is any text that begins with known columns', async () => {
  const cases: [string, string | Buffer, string][] = [
    ['txt', Buffer.from('\ufeffusername\temail\r\ntab1\ttab1@example.org\r\n', 'utf16le'), 'tab1'],
    ['txt', '\nsep=;\nUser Name;E-Mail\ntab2;tab2@example.org\n', 'tab2'],
    ['', 'username,email\ntab3,tab3@example.org\n', 'tab3'],
    ['txt', '{"username":"tab4","email":"tab4@example.org"}\n', 'tab4'],
    ['log', '\n[{"username":"tab5","email":"tab5@example.org"}]', 'tab5'],
  ]
  for (const [extension, content, name] of cases) {
    const { code, out, err } = await runImport(server, ['users', file(extension, content)])
    assert.deepEqual(
      [code, out, err],
      [0, ['1 user was imported, 0 refused, 0 skipped; 1 row read.'], [oneWithoutPassword]],
      name,
    )
    const { body } = await server.call('GET', '/api/v1/users?limit=100&sort=-created_at', { key })
    assert.deepEqual(
      body.data.map(({ username }: Json) => username).filter((username: string) => username === name),
      [name],
    )
  }
  const { code, err } = await runImport(server, ['users', file('txt', 'Dear all,\nhere they are.\n')])
  assert.equal(code, 1)
  assert.match(err.join('\n'), /^Say what the file is: /)
})

test('a date or time that does not exist is named, not its format', async () => {
  const cases: [string, string][] = [
    ['2024-02-30T00:00:00Z', 'there is no 30 February 2024'],
    ['2023-02-29 08:30', 'there is no 29 February 2023'],
    ['2024-04-31', 'there is no 31 April 2024'],
    ['2024-13-01T00:00:00+02:00', 'there is no month 13'],
    ['2024-01-15T24:00:00Z', 'there is no time 24:00'],
    ['2024-01-15T23:59:61Z', 'there is no time 23:59:61'],
  ]
  const content = cases.map(([time], n) => `nowhen${n},nowhen${n}@example.org,${time}`).join('\n')
  const { out } = await runImport(server, [
    'users',
    '--time-zone',
    'UTC',
    file('csv', `username,email,created_at\n${content}\n`),
  ])
  assert.deepEqual(
    out.slice(0, -1),
    cases.map(
      ([time, problem], n) => `line ${n + 2}: The column 'created_at' has '${time}', and ${problem}.`,
    ),
  )
})

test('a file with one refused row says so in the singular, and how to get it', async () => {
  const { out, err } = await importUsers('username,email\n*a,*a@example.org\n*b\n')
  assert.deepEqual(out, [
    'line 3: The record has 1 cell where the header names 2 columns.',
    '1 user was imported, 1 refused, 0 skipped; 2 rows read.',
  ])
  assert.deepEqual(err, [
    oneWithoutPassword,
    '1 of 2 rows was refused. Run the command with --refused FILE to get them in a file of their own, with the reasons.',
  ])
})
