import type { AskedScope } from './request.ts'

/** The words of the pages that an application sends people to. They are made on the server, as no script runs on them. */
const en = {
  language: 'en',
  unknown: 'This program is not known here',
  unknownText:
    'This server does not know the program that sent you here. Ask its developer to have an administrator register it.',
  strayed: 'You were sent here with a wrong address',
  strayedText:
    'The program wants you to be sent back to an address that is not registered for it, so nothing was done. Whoever runs the program has to use a registered address, or an administrator has to add this one:',
  broken: 'This request cannot be read',
  going: 'One moment',
  goOn: 'Continue',
  again: 'Sign in again',
  againText: (name: string) => `${name} asks you to enter your password again.`,
  ask: (name: string) => `Allow ${name} to act for you?`,
  askText: (name: string, username: string) =>
    `You are signed in as ${username}. If you allow it, ${name} may:`,
  never:
    'It never gets your password, and never more rights than you have. You can end its access at any time under My account.',
  sentTo: 'You will be sent to',
  allow: 'Allow',
  deny: 'Do not allow',
  device: 'Sign in on a device',
  deviceText: 'A program or device that you want to sign in to shows you a code. Enter it here.',
  deviceCode: 'Code',
  deviceUnknown:
    'No device shows this code now. Check what you typed; a code is valid for ten minutes and for one sign-in.',
  deviceCheck: 'Your device has to show this code now:',
  deviceBeware:
    'Did somebody else send you the code or the link? Then do not allow it: their device would act for you.',
  deviceRefused: (name: string) => `You may not use ${name}`,
  deviceRefusedText: 'Your role is not among those that may. Ask an administrator.',
  deviceAllowed: (name: string) => `${name} is signed in`,
  deviceAllowedText: 'Go back to your device; it goes on within seconds. You can close this page.',
  deviceDenied: 'Nothing was allowed',
  deviceDeniedText: 'The device was told so. You can close this page.',
  signOut: 'Sign out of this server?',
  signOutText: (username: string) => `You are signed in as ${username}.`,
  stay: 'Stay signed in',
  signedOut: 'You are signed out',
  signedOutText: 'You can close this page.',
  scopes: {
    openid: 'Know who you are',
    profile: 'See your username and role',
    email: 'See your email address',
    offline_access: 'Keep access while you are away',
    read: 'Read users, documents and the event log',
    write: 'Create, change and delete users and documents',
    'users:read': 'Read users',
    'users:write': 'Create, change and delete users',
    'documents:read': 'Read documents',
    'documents:write': 'Create, change and delete documents',
    'events:read': 'Read the event log',
    'webhooks:read': 'Read webhooks and their deliveries',
    'webhooks:write': 'Create, change and delete webhooks',
    'credentials:read': 'Read credentials',
    'credentials:write': 'Create, rotate and revoke credentials',
    'automations:read': 'Read automations and their runs',
    'automations:write': 'Create, change, run and delete automations',
    'audit:read': 'Read the audit log',
    admin: 'Do everything that you can do, as an administrator',
  } satisfies Record<AskedScope, string>,
}

export type PageWords = typeof en

const de: PageWords = {
  language: 'de',
  unknown: 'Dieses Programm ist hier nicht bekannt',
  unknownText:
    'Das Programm, das Sie hierher geschickt hat, gehört nicht zu den Anwendungen dieses Servers. Wer es betreibt, kann einen Administrator bitten, es hinzuzufügen.',
  strayed: 'Sie wurden mit einer falschen Adresse hierher geschickt',
  strayedText:
    'Das Programm will Sie an eine Adresse zurückschicken, die nicht für es eingetragen ist; deshalb ist nichts geschehen. Wer es betreibt, muss eine eingetragene Adresse verwenden, oder ein Administrator trägt diese ein:',
  broken: 'Diese Anfrage ist nicht lesbar',
  going: 'Einen Augenblick',
  goOn: 'Weiter',
  again: 'Erneut anmelden',
  againText: (name) => `${name} bittet Sie, Ihr Passwort noch einmal einzugeben.`,
  ask: (name) => `Darf ${name} für Sie handeln?`,
  askText: (name, username) => `Sie sind als ${username} angemeldet. Wenn Sie zustimmen, darf ${name}:`,
  never:
    'Ihr Passwort erhält es nie, und nie mehr Rechte, als Sie haben. Unter „Mein Konto“ können Sie den Zugriff jederzeit beenden.',
  sentTo: 'Danach geht es weiter zu',
  allow: 'Zustimmen',
  deny: 'Ablehnen',
  device: 'Auf einem Gerät anmelden',
  deviceText:
    'Ein Programm oder Gerät, auf dem Sie sich anmelden möchten, zeigt Ihnen einen Code. Geben Sie ihn hier ein.',
  deviceCode: 'Code',
  deviceUnknown:
    'Zurzeit zeigt kein Gerät diesen Code. Prüfen Sie die Eingabe; ein Code gilt zehn Minuten und für eine Anmeldung.',
  deviceCheck: 'Ihr Gerät muss jetzt diesen Code zeigen:',
  deviceBeware:
    'Hat Ihnen jemand anderes den Code oder den Link geschickt? Dann lehnen Sie ab: Dessen Gerät würde für Sie handeln.',
  deviceRefused: (name) => `${name} dürfen Sie nicht verwenden`,
  deviceRefusedText: 'Ihre Rolle gehört nicht zu denen, die es dürfen. Fragen Sie einen Administrator.',
  deviceAllowed: (name) => `${name} ist angemeldet`,
  deviceAllowedText:
    'Kehren Sie zu Ihrem Gerät zurück; dort geht es in wenigen Sekunden weiter. Sie können diese Seite schließen.',
  deviceDenied: 'Es wurde nichts erlaubt',
  deviceDeniedText: 'Das Gerät weiß es jetzt. Sie können diese Seite schließen.',
  signOut: 'Von diesem Server abmelden?',
  signOutText: (username) => `Sie sind als ${username} angemeldet.`,
  stay: 'Angemeldet bleiben',
  signedOut: 'Sie sind abgemeldet',
  signedOutText: 'Sie können diese Seite schließen.',
  scopes: {
    openid: 'Wissen, wer Sie sind',
    profile: 'Ihren Benutzernamen und Ihre Rolle sehen',
    email: 'Ihre E-Mail-Adresse sehen',
    offline_access: 'Auch zugreifen, während Sie nicht da sind',
    read: 'Benutzer, Dokumente und das Ereignisprotokoll lesen',
    write: 'Benutzer und Dokumente anlegen, ändern und löschen',
    'users:read': 'Benutzer lesen',
    'users:write': 'Benutzer anlegen, ändern und löschen',
    'documents:read': 'Dokumente lesen',
    'documents:write': 'Dokumente anlegen, ändern und löschen',
    'events:read': 'Das Ereignisprotokoll lesen',
    'webhooks:read': 'Webhooks und ihre Zustellungen lesen',
    'webhooks:write': 'Webhooks anlegen, ändern und löschen',
    'credentials:read': 'Zugangsdaten lesen',
    'credentials:write': 'Zugangsdaten anlegen, erneuern und widerrufen',
    'automations:read': 'Automatisierungen und ihre Läufe lesen',
    'automations:write': 'Automatisierungen anlegen, ändern, starten und löschen',
    'audit:read': 'Das Audit-Protokoll lesen',
    admin: 'Alles tun, was Sie als Administrator dürfen',
  },
}

/** By the first language that the browser prefers among these two. */
export function wordsFor(acceptLanguage: string | undefined): PageWords {
  const first = (acceptLanguage ?? '')
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.trim().split(';')
      const weight = parameters.map((text) => /^\s*q=([\d.]+)$/.exec(text)?.[1]).find(Boolean)
      return { tag: tag.slice(0, 2).toLowerCase(), weight: Number(weight ?? 1) }
    })
    .filter(({ tag, weight }) => weight > 0 && (tag === 'de' || tag === 'en'))
    .sort((a, b) => b.weight - a.weight)[0]
  return first?.tag === 'de' ? de : en
}
