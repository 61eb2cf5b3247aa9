//! Where releases live: the four verbs, said in the words of the server that is used.
