import { Group, Radio, Stack, TextInput } from '@mantine/core'
import type { GetInputPropsReturnType } from '@mantine/form'
import { t } from '../i18n/t.ts'

interface Props {
  /** The fields `ownSecret` and `secret` of the form. */
  choice: GetInputPropsReturnType
  secret: GetInputPropsReturnType
  isOwn: boolean
}

/** Whether the secret of something new is generated, or which one it is. */
export function SecretFields({ choice, secret, isOwn }: Props) {
  return (
    <Stack gap="xs">
      <Radio.Group
        label={t('Secret key')}
        description={t(
          'Signs every request, so that the receiver can verify that it comes from this server.',
        )}
        {...choice}
      >
        <Group mt={6}>
          <Radio value="generated" label={t('Generate one')} />
          <Radio value="own" label={t('I have one')} />
        </Group>
      </Radio.Group>
      {isOwn && (
        <TextInput
          label={t('Your secret key')}
          description={t('At least 16 characters')}
          autoComplete="off"
          spellCheck={false}
          required
          classNames={{ input: 'mono' }}
          {...secret}
        />
      )}
    </Stack>
  )
}
