<?php

declare(strict_types=1);

namespace Comserv\Tests;

/** Another program, run to its end or until it is stopped. */
final class Program
{
    /**
     * @param list<string> $command
     * @param array<string, string> $env
     * @return string what it printed; it must end with 0
     */
    public static function run(array $command, string $folder, array $env = []): string
    {
        $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['redirect', 1]], $pipes, $folder, $env + self::env());
        if ($process === false) {
            throw new \RuntimeException("{$command[0]} cannot be started.");
        }
        $output = (string) stream_get_contents($pipes[1]);
        $code = proc_close($process);
        if ($code !== 0) {
            throw new \RuntimeException(implode(' ', $command) . " ended with {$code}:\n{$output}");
        }
        return $output;
    }

    /**
     * Starts one that goes on.
     *
     * @param list<string> $command
     * @param array<string, string> $env
     * @return array{\Closure(string): string, \Closure(): void} waits for a line with a text in it; stops the program
     */
    public static function start(array $command, string $folder, array $env = []): array
    {
        $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['redirect', 1]], $pipes, $folder, $env + self::env());
        if ($process === false) {
            throw new \RuntimeException("{$command[0]} cannot be started.");
        }
        $line = static function (string $wanted) use ($pipes): string {
            while (($line = fgets($pipes[1])) !== false) {
                if (str_contains($line, $wanted)) {
                    return $line;
                }
            }
            throw new \RuntimeException("It ended without a line with '{$wanted}'.");
        };
        $stop = static function () use ($process): void {
            proc_terminate($process);
            proc_close($process);
        };
        return [$line, $stop];
    }

    /** A folder that does not outlive the suite. */
    public static function folder(): string
    {
        $folder = sys_get_temp_dir() . '/comserv-php-' . bin2hex(random_bytes(6));
        mkdir($folder);
        register_shutdown_function(static fn () => exec('rm -rf ' . escapeshellarg($folder)));
        return $folder;
    }

    /** @return array<string, string> */
    private static function env(): array
    {
        return ['PATH' => (string) getenv('PATH'), 'HOME' => sys_get_temp_dir()];
    }
}
