import { Anchor, Stack, Text } from '@mantine/core'
import type { Application } from 'comserv'
import { Link } from 'react-router'
import { t } from '../i18n/t.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { Facts } from '../parts/facts.tsx'
import { Section } from '../parts/section.tsx'
import { applications } from './applications.ts'
import { authorizeSample, tokenSample } from './samples.ts'

const discoveryPath = '/.well-known/openid-configuration'

/** What a developer puts into the program, and a first sign-in by hand. */
export function SetUp({ application }: { application: Application }) {
  const { origin } = location
  return (
    <>
      <Section title={t('For its developer')} frame="below">
        <Stack gap="md">
          <Facts
            facts={[
              [t('Client ID'), <Copied key="id" text={application.client_id} what={t('the client ID')} />],
              [t('Issuer'), <Copied key="issuer" text={origin} what={t('the issuer')} />],
              [
                t('Discovery'),
                <Copied key="discovery" text={origin + discoveryPath} what={t('the discovery address')} />,
              ],
            ]}
          />
          <Text size="sm">
            {t(
              'Any library for OpenID Connect needs no more than the issuer and the client ID, with PKCE (S256).',
            )}
          </Text>
          <Anchor component={Link} to={`/docs/${applications.guide}`} target="_blank" size="sm">
            {t('How people sign in to a program')}
          </Anchor>
        </Stack>
      </Section>
      <Section title={t('Try it by hand')} frame="below">
        <Stack gap="sm">
          <Text size="sm">{t('1. Ask for access, in the browser of the person:')}</Text>
          <CodeBlock text={authorizeSample(origin, application)} what={t('the first request')} />
          <Text size="sm">{t('2. Exchange the code for tokens, in the same shell:')}</Text>
          <CodeBlock text={tokenSample(origin, application)} what={t('the second request')} />
        </Stack>
      </Section>
    </>
  )
}

function Copied({ text, what }: { text: string; what: string }) {
  return (
    <>
      <span className="mono">{text}</span> <CopyButton text={text} what={what} />
    </>
  )
}
