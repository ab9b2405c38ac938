import { Radio, Stack, Text } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { User, UserCreate, UserUpdate } from 'comserv'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { language } from '../i18n/language.ts'
import { t } from '../i18n/t.ts'
import { noticeOfProblem } from '../parts/notice.ts'
import { ShownOnce } from '../parts/shown-once.tsx'
import type { Kind, Stored } from '../record/kind.ts'
import { users } from './users.ts'

/** A user who was just made, with the link to hand over if the server does not mail it. */
export type MadeUser = Stored & { link?: string }

export const invited: Kind<User, UserCreate, UserUpdate, MadeUser> = {
  ...users,
  calls: {
    get: (id) => users.calls.get(id),
    create: inviteOrCreate,
    update: (id, change, match) => users.calls.update(id, change, match),
    delete: (id, match) => users.calls.delete(id, match),
  },
}

async function inviteOrCreate(input: UserCreate): Promise<MadeUser> {
  const user = await comserv.users.create(input)
  if (!input.invite) return user
  const { sends_mail } = await comserv.description.catalog()
  if (sends_mail) return user
  try {
    const { link } = await comserv.users.createPasswordLink(user.id, {
      language: language === 'de' ? 'de' : 'en',
    })
    return link === null ? user : { ...user, link }
  } catch (error) {
    // The user exists now; their page can make the link.
    noticeOfProblem(t('The user was created without a link'), error)
    return user
  }
}

/** How the user gets a password: the administrator sets one, or the user follows a link to choose one. */
export function EntryField({ form }: { form: UseFormReturnType<{ entry: string }> }) {
  const { sends_mail } = useCatalog()
  return (
    <Radio.Group label={t('First sign-in')} {...form.getInputProps('entry')}>
      <Stack gap={8} mt={6}>
        <Radio
          value="invite"
          label={sends_mail ? t('Send an invitation') : t('Make a link to hand over')}
          description={
            sends_mail
              ? t('They get a mail with a link that works once, within 7 days, and choose a password.')
              : t(
                  'This server sends no mail. The link is shown once; it works once, within 7 days, and lets them choose a password.',
                )
          }
        />
        <Radio value="password" label={t('Set a password now')} />
      </Stack>
    </Radio.Group>
  )
}

export function Invitation({ link, onDone }: { link: string; onDone(): void }) {
  return (
    <ShownOnce
      what={t('link')}
      values={{ link }}
      advice={t('Anyone who has the link gets the account: treat it like a password. It is shown only once.')}
      onDone={onDone}
    >
      <Text size="sm">
        {t('If it gets lost, “Password link” on the page of the user makes another one.')}
      </Text>
    </ShownOnce>
  )
}
