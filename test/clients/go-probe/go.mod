module example.org/go-probe

go 1.22
