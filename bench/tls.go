package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

var errNoTLS = errors.New("TLS: the server was built without it")

// launchTLS starts a server that listens for TLS too, and returns where, and what its clients trust.
func launchTLS() (s *redistest.Server, addrs []string, config *tls.Config, stop func(), err error) {
	dir, err := os.MkdirTemp("", "rueidistx-bench-")
	if err != nil {
		return nil, nil, nil, nil, err
	}
	// The server reads the files before it is ready.
	defer os.RemoveAll(dir)
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if config, err = selfSigned(cert, key); err != nil {
		return nil, nil, nil, nil, err
	}
	for try := 1; ; try++ {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, nil, nil, err
		}
		addr := listener.Addr().(*net.TCPAddr)
		if err := listener.Close(); err != nil { // the server is to have the port, unless another process is faster
			return nil, nil, nil, nil, err
		}
		s, stop, err := redistest.Launch("--tls-port", strconv.Itoa(addr.Port), "--tls-auth-clients", "no",
			"--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert)
		switch {
		case err == nil:
			return s, []string{addr.String()}, config, stop, nil
		case strings.Contains(err.Error(), "Bad directive"):
			return nil, nil, nil, nil, errNoTLS
		case try == 3:
			return nil, nil, nil, nil, err
		}
	}
}

// selfSigned writes a certificate of this machine and its key into files, and returns what a client needs.
func selfSigned(cert, key string) (*tls.Config, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return nil, err
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	err = errors.Join(
		os.WriteFile(cert, public, 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}), 0o600),
	)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(public)
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, err
}
