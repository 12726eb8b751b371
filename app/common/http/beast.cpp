// Compiles the function bodies of Beast, once for all files (BOOST_BEAST_SEPARATE_COMPILATION).
#include <boost/beast/src.hpp>
