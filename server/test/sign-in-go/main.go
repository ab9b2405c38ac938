// Signs a person in with golang.org/x/oauth2, by a code with PKCE and by a device code, and calls the API as them.
// Each line that it prints is followed by one that it reads: what the person's browser was sent to.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/oauth2"
)

var server = os.Getenv("COMSERV_URL")
var input = bufio.NewScanner(os.Stdin)

func main() {
	ctx, end := context.WithTimeout(context.Background(), time.Minute)
	defer end()
	config := oauth2.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		RedirectURL:  os.Getenv("REDIRECT_URI"),
		Scopes:       []string{"openid", "profile", "offline_access", "documents:read"},
		Endpoint: oauth2.Endpoint{
			AuthURL:       server + "/oauth/authorize",
			TokenURL:      server + "/api/v1/oauth/token",
			DeviceAuthURL: server + "/api/v1/oauth/device_authorization",
		},
	}

	verifier := oauth2.GenerateVerifier()
	back, err := url.Parse(ask(config.AuthCodeURL("the-state", oauth2.S256ChallengeOption(verifier))))
	check(err)
	if state := back.Query().Get("state"); state != "the-state" {
		check(fmt.Errorf("another state: %s", state))
	}
	token, err := config.Exchange(ctx, back.Query().Get("code"), oauth2.VerifierOption(verifier))
	check(err)
	read(config.Client(ctx, token))

	// As after an hour: the library refreshes before the next call.
	token.Expiry = time.Now().Add(-time.Minute)
	read(config.Client(ctx, token))

	native := config
	native.ClientID, native.ClientSecret = os.Getenv("NATIVE_CLIENT_ID"), ""
	device, err := native.DeviceAuth(ctx)
	check(err)
	ask(device.UserCode)
	device.Interval = 1
	token, err = native.DeviceAccessToken(ctx, device)
	check(err)
	read(native.Client(ctx, token))
	fmt.Println("done")
}

func ask(line string) string {
	fmt.Println(line)
	if !input.Scan() {
		check(io.ErrUnexpectedEOF)
	}
	return input.Text()
}

func read(client *http.Client) {
	response, err := client.Get(server + "/api/v1/documents")
	check(err)
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		check(fmt.Errorf("%s: %s", response.Status, text))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
