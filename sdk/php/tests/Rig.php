<?php

declare(strict_types=1);

namespace Comserv\Tests;

/**
 * The rig of all client libraries (`sdk/testing`): a program that starts real servers, strange ones and whatever a test
 * needs beside them. It runs as long as this suite, and its verdict on what it started is a part of the suite's.
 */
final class Rig
{
    /** @var resource|null */
    private static $process = null;
    /** @var array<int, resource> */
    private static array $pipes = [];
    private static string $url = '';
    private static string $log = '';

    public static function start(): void
    {
        $root = dirname(__DIR__, 3);
        self::$log = (string) tempnam(sys_get_temp_dir(), 'comserv-rig-');
        $process = proc_open(
            ["{$root}/node_modules/.bin/node", "{$root}/sdk/testing/rig.ts"],
            [['pipe', 'r'], ['pipe', 'w'], ['file', self::$log, 'w']],
            self::$pipes,
            $root,
        );
        if ($process === false) {
            throw new \RuntimeException('The rig cannot be started.');
        }
        self::$process = $process;
        while (($line = fgets(self::$pipes[1])) !== false) {
            file_put_contents(self::$log, $line, FILE_APPEND);
            if (preg_match('~listening at (http://\S+)~', $line, $match) === 1) {
                self::$url = $match[1];
                break;
            }
        }
        if (self::$url === '') {
            throw new \RuntimeException('The rig ended: ' . file_get_contents(self::$log));
        }
        register_shutdown_function(self::stop(...));
    }

    /**
     * Ends the rig. A suite that has passed fails when the rig's own verdict is that it has not.
     */
    private static function stop(): void
    {
        fclose(self::$pipes[0]);
        file_put_contents(self::$log, stream_get_contents(self::$pipes[1]), FILE_APPEND);
        if (self::$process === null || proc_close(self::$process) !== 0) {
            fwrite(STDERR, "The rig found fault:\n" . file_get_contents(self::$log));
            unlink(self::$log);
            exit(1);
        }
        unlink(self::$log);
    }

    /**
     * @param array<string, mixed> $input
     * @return array<string, mixed>
     */
    public static function do(string $command, array $input = []): array
    {
        $handle = curl_init(self::$url . "/{$command}");
        curl_setopt_array($handle, [
            CURLOPT_POSTFIELDS => json_encode((object) $input, JSON_THROW_ON_ERROR),
            CURLOPT_HTTPHEADER => ['content-type: application/json', 'expect:'],
            CURLOPT_RETURNTRANSFER => true,
        ]);
        $answer = json_decode((string) curl_exec($handle), true);
        if (!is_array($answer) || isset($answer['error'])) {
            throw new \RuntimeException("{$command}: " . ($answer['error'] ?? curl_error($handle)));
        }
        return $answer;
    }
}
