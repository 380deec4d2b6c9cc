module example.org/go_minimal

go 1.20
