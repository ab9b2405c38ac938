import { mailLanguages, mailSender, smtpServer } from './mail.ts'
import { anyText, oneOf, setting, wholeNumber } from './setting.ts'

export const mailSettings = {
  COMSERV_SMTP_URL: setting(
    'Mail server that mail is sent through, as `smtp://user:password@host:587`, or `smtps://…` for TLS from the start; see [mail](mail.md)',
    'none; links are shown to administrators',
    smtpServer,
  ),
  COMSERV_MAIL_FROM: setting(
    'Sender of mail, such as `Comserv <comserv@example.org>`; required with `COMSERV_SMTP_URL`',
    'none',
    mailSender,
  ),
  COMSERV_MAIL_TEMPLATES_DIR: setting(
    'Folder with templates of your own for mail; files that it does not have come from the server',
    'none',
    anyText,
  ),
  COMSERV_MAIL_RETENTION_DAYS: setting(
    'Days for which the log of sent and failed mail is kept, from 1 to 365',
    '`30`',
    wholeNumber(1, 365),
  ),
  COMSERV_LANGUAGE: setting(
    'Language of mail where the recipient has not chosen one: `en` or `de`',
    '`en`',
    oneOf(mailLanguages),
  ),
} as const
