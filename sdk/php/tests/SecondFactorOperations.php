<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Exception\AuthenticationFailedException;
use Comserv\Exception\ConflictException;
use Comserv\Exception\InvalidRequestException;
use Comserv\Exception\ResourceNotFoundException;
use PHPUnit\Framework\Assert;

/** The part of OperationsTest that is about the second step of a sign-in. */
final class SecondFactorOperations
{
    /**
     * @param Comserv $page of the person, who is signed in
     * @param Comserv $half of nobody yet
     * @param array{username: string, password: string} $person
     */
    public static function callEach(Comserv $admin, Comserv $page, Comserv $half, array $person, float $now): void
    {
        $code = self::codeOf($page->me->setUpTotp()->secret, $now);
        Assert::assertSame(204, $page->me->activateTotp(['code' => $code])->status);
        $codes = $page->me->createRecoveryCodes()->codes;
        self::assertFails(AuthenticationFailedException::class, static fn () => $half->session->signIn($person));
        Assert::assertSame('verify', $half->session->step()->step);
        self::assertFails(ConflictException::class, static fn () => $half->session->setUpTotp());
        self::assertFails(ConflictException::class, static fn () => $half->session->activateTotp(['code' => $code]));
        $id = $half->session->verify(['code' => $codes[0]])->user->id;
        $half->session->signOut();
        Assert::assertSame(204, $half->session->cancelStep()->status);
        self::callPasskeys($page, $half);
        Assert::assertSame(9, $page->me->secondFactors()->recovery_codes_left);
        Assert::assertSame(204, $page->me->removeTotp()->status);
        Assert::assertNull($admin->users->secondFactors($id)->totp);
        Assert::assertSame(204, $admin->users->removeSecondFactors($id)->status);
    }

    /** Browsers have no passkeys under the address of this server, 127.0.0.1. */
    private static function callPasskeys(Comserv $page, Comserv $half): void
    {
        $sent = ['name' => 'Laptop', 'response' => ['id' => 'none']];
        $proof = ['response' => $sent['response']];
        self::assertFails(ConflictException::class, static fn () => $page->me->passkeyOptions());
        self::assertFails(InvalidRequestException::class, static fn () => $page->me->addPasskey($sent));
        $change = ['name' => 'Work'];
        self::assertFails(ResourceNotFoundException::class, static fn () => $page->me->renamePasskey(1, $change));
        self::assertFails(ResourceNotFoundException::class, static fn () => $page->me->removePasskey(1));
        self::assertFails(ConflictException::class, static fn () => $half->session->passkeyOptions());
        self::assertFails(
            AuthenticationFailedException::class,
            static fn () => $half->session->signInWithPasskey($proof),
        );
    }

    /** As an authenticator app shows it (RFC 6238). */
    private static function codeOf(string $secret, float $now): string
    {
        $bits = '';
        foreach (str_split($secret) as $letter) {
            $value = (int) strpos('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', $letter);
            $bits .= str_pad(decbin($value), 5, '0', STR_PAD_LEFT);
        }
        $key = implode('', array_map(static fn (string $byte) => chr((int) bindec($byte)), str_split($bits, 8)));
        $hash = hash_hmac('sha1', pack('J', intdiv((int) $now, 30)), $key, true);
        /** @var array{1: int} $number */
        $number = unpack('N', substr($hash, ord($hash[19]) & 15, 4));
        return str_pad((string) (($number[1] & 0x7fffffff) % 1_000_000), 6, '0', STR_PAD_LEFT);
    }

    /** @param class-string<\Throwable> $class */
    private static function assertFails(string $class, \Closure $call): void
    {
        try {
            $call();
        } catch (\Throwable $error) {
            Assert::assertInstanceOf($class, $error);
            return;
        }
        Assert::fail("$class was expected.");
    }
}
