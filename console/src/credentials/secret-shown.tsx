import { Alert, Button, Group, Paper, Stack, Tabs, Text, Title } from '@mantine/core'
import type { CredentialWithSecret } from 'comserv'
import { CodeBlock } from '../parts/code-block.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { Icon } from '../parts/icon.tsx'
import { useArrival } from '../shell/arrival.tsx'
import { samples } from './samples.ts'

/** The one time that the secret is seen, with what to do with it. */
export function SecretShown({ credential, onDone }: { credential: CredentialWithSecret; onDone(): void }) {
  const { client_id, client_secret } = credential
  useArrival()
  return (
    <Stack gap="lg">
      <Alert
        color="orange"
        variant="outline"
        className="notice"
        icon={<Icon name="warning" />}
        title="The secret is shown this once"
      >
        Copy both into the settings of your program, or a password manager, before you leave this page. Nobody
        can show the secret again; whoever has it can do what the key may do.
      </Alert>
      <Paper withBorder p="lg">
        <Stack gap="sm">
          <Shown label="client_id" value={client_id} />
          <Shown label="client_secret" value={client_secret} />
          <Text size="sm" c="dimmed">
            The client secret is the API key, too: one secret, two ways to use it.
          </Text>
        </Stack>
      </Paper>
      <div>
        <Title order={2} size="h4" mb="xs">
          Try it
        </Title>
        <Tabs defaultValue="curl" keepMounted={false}>
          <Tabs.List aria-label="Language">
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
                  <CodeBlock text={before(credential)} what={`${name} setup`} />
                  <Text size="sm" my="xs">
                    Then this program prints who is there:
                  </Text>
                </>
              )}
              <CodeBlock text={text(location.origin, credential)} what={`${name} sample`} />
            </Tabs.Panel>
          ))}
        </Tabs>
      </div>
      <Group>
        <Button onClick={onDone}>I have stored it</Button>
      </Group>
    </Stack>
  )
}

export function Shown({ label, value }: { label: string; value: string }) {
  return (
    <div className="shown">
      <span className="quiet">{label}</span>
      <code className="mono">{value}</code>
      <CopyButton text={value} what={label} />
    </div>
  )
}
