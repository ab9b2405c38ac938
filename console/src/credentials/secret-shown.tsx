import { Tabs, Text } from '@mantine/core'
import type { CredentialWithSecret } from 'comserv'
import { t } from '../i18n/t.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { Section } from '../parts/section.tsx'
import { ShownOnce } from '../parts/shown-once.tsx'
import { firstCall, samples } from './samples.ts'
import { useUsable } from './use-usable.ts'

/** The new secret, with instructions. */
export function SecretShown({ credential, onDone }: { credential: CredentialWithSecret; onDone(): void }) {
  const { client_id, client_secret } = credential
  const call = firstCall(useUsable(credential))
  return (
    <ShownOnce
      values={{ client_id, client_secret }}
      advice={t(
        'Copy both into the settings of your program, or a password manager, before you leave this page. The secret cannot be shown again. Anyone who has it can do whatever the key may do.',
      )}
      remark={
        <Text size="sm" c="dimmed">
          {t('The client secret is also the API key: one secret, two ways to use it.')}
        </Text>
      }
      onDone={onDone}
    >
      <Section title={t('Try it')}>
        <Tabs defaultValue="curl" keepMounted={false}>
          <Tabs.List aria-label={t('Language')}>
            {samples.map(({ name }) => (
              <Tabs.Tab key={name} value={name}>
                {name}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {samples.map(({ name, before, text }) => (
            <Tabs.Panel key={name} value={name} pt="sm">
              {before && (
                <>
                  <CodeBlock
                    text={before(location.origin, credential)}
                    what={t('{{name}} setup', { name })}
                  />
                  <Text size="sm" my="xs">
                    {t('Then this program {{does}}:', { does: call.does })}
                  </Text>
                </>
              )}
              <CodeBlock
                text={text(location.origin, credential, call)}
                what={t('{{name}} sample', { name })}
              />
            </Tabs.Panel>
          ))}
        </Tabs>
      </Section>
    </ShownOnce>
  )
}
