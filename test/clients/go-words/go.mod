module example.com/go-words

go 1.21
