/** What spreadsheets call the fields, in English and German, as `plain` writes it. */
const namesOf: Readonly<Record<string, readonly string[]>> = {
  username: [
    'username',
    'user',
    'login',
    'loginname',
    'account',
    'userid',
    'benutzername',
    'benutzer',
    'nutzername',
    'anmeldename',
    'kennung',
    'benutzerkennung',
  ],
  email: ['email', 'mail', 'emailaddress', 'mailaddress', 'emailadresse', 'mailadresse'],
  password: ['password', 'passwd', 'passwort', 'kennwort'],
  role: ['role', 'userrole', 'rolle', 'benutzerrolle'],
  status: ['status', 'state', 'zustand'],
  'profile.first_name': ['firstname', 'givenname', 'forename', 'vorname'],
  'profile.last_name': ['lastname', 'surname', 'familyname', 'nachname', 'familienname'],
  'profile.phone': [
    'phone',
    'phonenumber',
    'telephone',
    'mobile',
    'telefon',
    'telefonnummer',
    'tel',
    'handy',
    'mobil',
  ],
  'profile.bio': ['bio', 'about', 'biography', 'beschreibung', 'uebermich', 'biografie'],
  title: ['title', 'headline', 'heading', 'subject', 'titel', 'ueberschrift', 'betreff'],
  content: ['content', 'text', 'body', 'inhalt', 'beschreibung'],
  category: ['category', 'folder', 'kategorie', 'rubrik', 'ordner'],
  author: ['author', 'writer', 'autor', 'autorin', 'verfasser', 'verfasserin'],
  created_at: [
    'created',
    'createdon',
    'creationdate',
    'date',
    'erstellt',
    'erstelltam',
    'angelegtam',
    'datum',
  ],
  updated_at: ['updated', 'updatedon', 'changed', 'modified', 'geaendert', 'geaendertam', 'aktualisiert'],
  published_at: ['published', 'publishedon', 'veroeffentlicht', 'veroeffentlichtam'],
}

const umlauts: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' }

/** The fields that the columns probably are; '' leaves one out. No field is given twice. */
export function guessFields(
  columns: readonly string[],
  fields: readonly string[],
): { name: string; field: string }[] {
  const taken = new Set<string>()
  return columns.map((name) => {
    const said = plain(name)
    const field = fields.find((field) => !taken.has(field) && namesOf[field]?.includes(said)) ?? ''
    if (field !== '') taken.add(field)
    return { name, field }
  })
}

/** `E-Mail_Adresse` is `emailadresse`. */
function plain(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[äöüß]/g, (letter) => umlauts[letter] ?? letter)
    .replace(/[^\p{L}\p{N}]/gu, '')
}
