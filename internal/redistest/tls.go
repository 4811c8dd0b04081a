package redistest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// StartTLS starts a server that listens for TLS too, and wants a certificate
// from its clients. It returns the options of one that has it. Everything the
// Server itself offers goes without TLS.
//
// A server program that was built without TLS makes StartTLS skip the test, or
// fail it if "tls" is [Required].
func StartTLS(tb testing.TB, args ...string) (*Server, rueidis.ClientOption) {
	tb.Helper()
	port, err := freePort()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { returnPort(port) })
	dir := tb.TempDir()
	config, err := certificates(dir)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := launch(append([]string{
		"--tls-port", strconv.Itoa(port),
		"--tls-ca-cert-file", filepath.Join(dir, "ca.pem"),
		"--tls-cert-file", filepath.Join(dir, "server.pem"),
		"--tls-key-file", filepath.Join(dir, "server.key"),
	}, args...))
	switch {
	case errors.Is(err, errNoBinary):
		SkipOrFail(tb, "redis", err.Error())
	case err != nil && strings.Contains(err.Error(), "Bad directive"):
		SkipOrFail(tb, "tls", "the server was built without it")
	case err != nil:
		tb.Fatal(err)
	}
	s.adopt(tb)
	option := s.Option()
	option.InitAddress = []string{net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	option.TLSConfig = config
	return s, option
}

// certificates puts the files of an authority and of a server into dir and
// returns what a client needs.
func certificates(dir string) (*tls.Config, error) {
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redistest"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	signed, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	root, err := x509.ParseCertificate(signed)
	if err != nil {
		return nil, err
	}
	roots.AddCert(root)
	if err := writePEM(filepath.Join(dir, "ca.pem"), "CERTIFICATE", signed); err != nil {
		return nil, err
	}
	for i, name := range []string{"server", "client"} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		signed, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
			SerialNumber: big.NewInt(int64(2 + i)), Subject: pkix.Name{CommonName: name},
			NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			KeyUsage:    x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		}, ca, key.Public(), caKey)
		if err != nil {
			return nil, err
		}
		private, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(
			writePEM(filepath.Join(dir, name+".pem"), "CERTIFICATE", signed),
			writePEM(filepath.Join(dir, name+".key"), "EC PRIVATE KEY", private),
		); err != nil {
			return nil, err
		}
	}
	client, err := tls.LoadX509KeyPair(filepath.Join(dir, "client.pem"), filepath.Join(dir, "client.key"))
	if err != nil {
		return nil, err
	}
	return &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{client}, MinVersion: tls.VersionTLS12}, nil
}

func writePEM(path, kind string, data []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600)
}
