import { Button, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Reading } from '../parts/reading.tsx'
import { Warning } from '../parts/warning.tsx'
import { siteName } from '../site.ts'
import './recovery-codes.css'

/** Makes a new set, and shows it once. */
export function NewRecoveryCodes({ onDone }: { onDone(): void }) {
  const made = useQuery({
    queryKey: ['new-recovery-codes'],
    queryFn: async () => comserv.me.createRecoveryCodes(),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  })
  return (
    <Reading query={made}>
      {({ codes }) => {
        const text = codes.join('\n')
        return (
          <Stack>
            <Text>{t('Each of these codes signs you in once, when you do not have your phone.')}</Text>
            <Warning title={t('These codes are shown only once')} role="note">
              {t(
                'Print them, or store them in a password manager. Whoever has your password and one of them gets in.',
              )}
            </Warning>
            <ul className="recovery-codes mono">
              {codes.map((code) => (
                <li key={code}>{code}</li>
              ))}
            </ul>
            <Group justify="space-between">
              <Group gap="xs">
                <CopyButton text={text} what={t('codes')} />
                <Button
                  component="a"
                  variant="default"
                  size="xs"
                  href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${siteName}\n\n${text}\n`)}`}
                  download="recovery-codes.txt"
                >
                  {t('Download')}
                </Button>
              </Group>
              <Button onClick={onDone}>{t('I have stored them')}</Button>
            </Group>
          </Stack>
        )
      }}
    </Reading>
  )
}
